# METADATA
# title: Everything that faces outside asks who is calling
# description: >-
#   A rule of a route is covered if a policy with jwtAuth, extAuth, oauth2, apiKeyAuth or basicAuth targets the Gateway,
#   the route or the rule, or if each backend is listed in the route's annotation groundwork.dev/authenticates, with the
#   way in which it does.
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
