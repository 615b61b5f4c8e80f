package rules.full_access_policy_test

import data.rules.full_access_policy

_role(arn) := {"apiVersion": "iam.services.k8s.aws/v1alpha1", "kind": "Role", "spec": {"policies": [arn]}}

test_denies_full_access if count(full_access_policy.deny) == 1 with input as _role("arn:aws:iam::aws:policy/AmazonBedrockFullAccess")

test_denies_administrators if count(full_access_policy.deny) == 1 with input as _role("arn:aws:iam::aws:policy/AdministratorAccess")

test_allows_narrow_ones if count(full_access_policy.deny) == 0 with input as _role("arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly")
