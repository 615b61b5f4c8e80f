# METADATA
# title: Everything that faces outside asks who is calling
# description: >-
#   A rule of a route is covered if a policy with jwtAuth, extAuth, oauth2, apiKeyAuth or basicAuth targets the Gateway,
#   the route or the rule, or if each backend is listed in the route's annotation groundwork.dev/authenticates, with the
#   way in which it does. An Ingress is covered by OIDC, by the validation of tokens, or by the same annotation.
# custom:
#   severity: error
#   why: >-
#     An open endpoint of a model is somebody else's free GPU; an open agent is a way to everything that the agent may
#     do.
#   fix: >-
#     Attach a policy that signs callers in, or say in groundwork.dev/authenticates which backends check callers
#     themselves.
package rules.anonymous_route

deny contains {"msg": sprintf("%s is reached without signing in", [backend.name]), "pointer": ["spec", "rules", index, "backendRefs", number]} if {
	input.kind in {"HTTPRoute", "GRPCRoute"}
	not _covered("")
	some index, rule in input.spec.rules
	not _covered(object.get(rule, "name", ""))
	some number, backend in rule.backendRefs
	not backend.name in _themselves
}

deny contains {"msg": sprintf("%s is reached without signing in", [path.backend.service.name]), "pointer": ["spec", "rules", index, "http", "paths", number]} if {
	input.kind == "Ingress"
	notes := object.get(input.metadata, "annotations", {})
	not object.get(notes, "alb.ingress.kubernetes.io/auth-type", "none") in {"oidc", "cognito"}
	not _checks_tokens(notes)
	some index, rule in input.spec.rules
	some number, path in rule.http.paths
	not path.backend.service.name in _themselves
	not _forwards_to_themselves(notes, path.backend.service.name)
}

# A token for somebody else is valid, too: its audience says whom it is for.
_checks_tokens(notes) if {
	some claim in json.unmarshal(notes["alb.ingress.kubernetes.io/jwt-validation"]).additionalClaims
	claim.name == "aud"
}

_forwards_to_themselves(notes, name) if {
	groups := json.unmarshal(notes[sprintf("alb.ingress.kubernetes.io/actions.%s", [name])]).forwardConfig.targetGroups
	count(groups) > 0
	every group in groups { group.serviceName in _themselves }
}

_covered("") if sprintf("%s/%s", [input.metadata.namespace, input.metadata.name]) in data.cluster.signed_in

_covered(name) if {
	name != ""
	sprintf("%s/%s#%s", [input.metadata.namespace, input.metadata.name, name]) in data.cluster.signed_in
}

# "litellm by key, langfuse-web by sign-in"
_themselves contains split(trim_space(each), " ")[0] if {
	some each in split(object.get(input.metadata, ["annotations", "groundwork.dev/authenticates"], ""), ",")
	count(split(trim_space(each), " ")) > 1
}
