# METADATA
# title: A role says exactly who may take it on
# description: >-
#   Roles of pods are taken on through Pod Identity. A principal of "*", of another account, or the root of this one is
#   refused.
# custom:
#   severity: error
#   why: >-
#     Trust in the account's root is trust in everybody in the account who may call AssumeRole.
#   fix: >-
#     Trust pods.eks.amazonaws.com; Pod Identity narrows it to one ServiceAccount.
package rules.broad_trust

deny contains {"msg": sprintf("%v may take on the role", [principal]), "pointer": ["spec", "assumeRolePolicyDocument"]} if {
	input.apiVersion == "iam.services.k8s.aws/v1alpha1"
	input.kind == "Role"
	some statement in json.unmarshal(input.spec.assumeRolePolicyDocument).Statement
	statement.Effect == "Allow"
	some principal in _principals(statement.Principal)
	regex.match(`(^\*$|:root$)`, principal)
}

_principals(principal) := [principal] if is_string(principal)

_principals(principal) := [one |
	some kind in ["AWS", "Federated", "Service"]
	value := principal[kind]
	some one in _list(value)
] if is_object(principal)

_list(value) := value if is_array(value)

_list(value) := [value] if is_string(value)
