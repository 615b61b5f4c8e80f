# METADATA
# title: Git holds no Secret
# description: >-
#   The target designs had tokens, database passwords and master keys in committed Secrets, and rotated them in place,
#   which keeps every old one in the history.
# custom:
#   severity: error
#   why: >-
#     Base64 hides nothing, and Git forgets nothing: whoever may read the repository has the credential for good.
#   fix: >-
#     Put the value into AWS Secrets Manager and name it in catalog/secrets.yaml; an ExternalSecret brings it.
package rules.secret_object

deny contains {"msg": sprintf("the Secret %s stands in Git", [input.metadata.name]), "pointer": ["kind"]} if {
	input.apiVersion == "v1"
	input.kind == "Secret"
}
