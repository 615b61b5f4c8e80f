package rules.insecure_transport_test

import data.rules.insecure_transport

_bucket(spec) := {"apiVersion": "s3.services.k8s.aws/v1alpha1", "kind": "Bucket", "spec": spec}

_policy(resources) := json.marshal({"Statement": [{
	"Effect": "Deny",
	"Principal": "*",
	"Action": "s3:*",
	"Resource": resources,
	"Condition": {"Bool": {"aws:SecureTransport": "false"}},
}]})

test_denies_silence if count(insecure_transport.deny) == 1 with input as _bucket({"name": "one"})

test_denies_objects_left_out if {
	count(insecure_transport.deny) == 1 with input as _bucket({"policy": _policy(["arn:aws:s3:::one"])})
}

test_allows_a_bucket_that_refuses if {
	count(insecure_transport.deny) == 0 with input as _bucket({"policy": _policy(["arn:aws:s3:::one", "arn:aws:s3:::one/*"])})
}
