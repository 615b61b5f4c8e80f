# METADATA
# title: Buckets refuse what does not come by TLS
# description: >-
#   S3 takes requests over plain HTTP unless the bucket's own policy says no. A client with a wrong endpoint URL does not
#   notice.
# custom:
#   severity: error
#   why: >-
#     Prompts, documents and weights would cross the network in the clear, and nobody would see it.
#   fix: >-
#     Use `aws.bucket(...)`: its policy refuses requests with aws:SecureTransport false.
package rules.insecure_transport

import data.lib.aws

deny contains {"msg": "no statement refuses requests in the clear", "pointer": ["spec"]} if {
	input.apiVersion == "s3.services.k8s.aws/v1alpha1"
	input.kind == "Bucket"
	not _refuses_plain
}

_refuses_plain if {
	some statement in aws.as_list(json.unmarshal(input.spec.policy).Statement)
	statement.Effect == "Deny"
	statement.Principal in ["*", {"AWS": "*"}]
	statement.Action in ["*", "s3:*"]
	statement.Condition.Bool["aws:SecureTransport"] in ["false", false]
	count(aws.as_list(statement.Resource)) == 2
}
