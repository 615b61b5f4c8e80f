package rules.broad_trust_test

import data.rules.broad_trust

_role(principal) := {
	"apiVersion": "iam.services.k8s.aws/v1alpha1",
	"kind": "Role",
	"spec": {"assumeRolePolicyDocument": json.marshal({"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})},
}

test_denies_everybody if count(broad_trust.deny) == 1 with input as _role("*")

test_denies_the_accounts_root if count(broad_trust.deny) == 1 with input as _role({"AWS": "arn:aws:iam::111122223333:root"})

test_allows_pod_identity if count(broad_trust.deny) == 0 with input as _role({"Service": "pods.eks.amazonaws.com"})
