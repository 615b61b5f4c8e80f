# METADATA
# title: Buckets are private, whatever a policy says later
# description: >-
#   Block Public Access wins over every policy and ACL. Ownership is the bucket owner's, so that ACLs are off.
# custom:
#   severity: error
#   why: >-
#     One wrong policy or ACL publishes prompts, documents or weights.
#   fix: >-
#     Use `aws.bucket(...)`: it blocks public access in all four ways.
package rules.public_bucket

deny contains {"msg": sprintf("%s is not set", [field]), "pointer": ["spec", "publicAccessBlock"]} if {
	_bucket
	some field in ["blockPublicACLs", "blockPublicPolicy", "ignorePublicACLs", "restrictPublicBuckets"]
	object.get(input.spec, ["publicAccessBlock", field], false) != true
}

deny contains {"msg": "the bucket's policy lets everybody in", "pointer": ["spec", "policy"]} if {
	_bucket
	some statement in json.unmarshal(input.spec.policy).Statement
	statement.Effect == "Allow"
	statement.Principal in ["*", {"AWS": "*"}]
}

_bucket if {
	input.apiVersion == "s3.services.k8s.aws/v1alpha1"
	input.kind == "Bucket"
}
