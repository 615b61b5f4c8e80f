package rules.unpinned_ami_test

import data.rules.unpinned_ami

_class(spec) := {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "spec": spec}

test_denies_latest if count(unpinned_ami.deny) == 1 with input as _class({"amiSelectorTerms": [{"alias": "al2023@latest"}]})

test_denies_amazon_linux_2 if count(unpinned_ami.deny) == 1 with input as _class({"amiFamily": "AL2"})

test_allows_a_version if count(unpinned_ami.deny) == 0 with input as _class({"amiSelectorTerms": [{"alias": "al2023@v20260903"}]})
