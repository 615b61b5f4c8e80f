package rules.imdsv1_test

import data.rules.imdsv1

_class(options) := {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "spec": {"metadataOptions": options}}

test_denies_optional_tokens if count(imdsv1.deny) == 1 with input as _class({"httpTokens": "optional", "httpPutResponseHopLimit": 1})

test_denies_two_hops if count(imdsv1.deny) == 1 with input as _class({"httpTokens": "required", "httpPutResponseHopLimit": 2})

test_denies_a_node_group if count(imdsv1.deny) == 1 with input as {"kind": "ClusterConfig", "apiVersion": "eksctl.io/v1alpha5", "managedNodeGroups": [{"name": "system"}]}

test_allows_tokens_at_one_hop if count(imdsv1.deny) == 0 with input as _class({"httpTokens": "required", "httpPutResponseHopLimit": 1})
