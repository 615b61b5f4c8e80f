# METADATA
# title: Keys of KMS rotate by themselves
# description: >-
#   KMS makes new key material every year where it is told to, and keeps the old to open what it closed. Nothing has to be
#   encrypted again.
# custom:
#   severity: error
#   why: >-
#     Key material that leaked once opens everything that is written from then on.
#   fix: >-
#     Set `enableKeyRotation: true`.
package rules.unrotated_key

deny contains {"msg": "the key never rotates", "pointer": ["spec"]} if {
	input.apiVersion == "kms.services.k8s.aws/v1alpha1"
	input.kind == "Key"
	object.get(input.spec, "enableKeyRotation", false) != true
}
