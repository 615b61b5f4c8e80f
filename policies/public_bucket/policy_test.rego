package rules.public_bucket_test

import data.rules.public_bucket

_bucket(spec) := {"apiVersion": "s3.services.k8s.aws/v1alpha1", "kind": "Bucket", "spec": spec}

_blocked := {"publicAccessBlock": {"blockPublicACLs": true, "blockPublicPolicy": true, "ignorePublicACLs": true, "restrictPublicBuckets": true}}

test_denies_an_open_bucket if count(public_bucket.deny) == 4 with input as _bucket({})

test_denies_a_public_policy if {
	public := json.marshal({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]})
	count(public_bucket.deny) == 1 with input as _bucket(object.union(_blocked, {"policy": public}))
}

test_allows_a_private_one if count(public_bucket.deny) == 0 with input as _bucket(_blocked)
