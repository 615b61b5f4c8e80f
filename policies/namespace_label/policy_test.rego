package rules.namespace_label_test

import data.rules.namespace_label

_policy(labels) := {"kind": "NetworkPolicy", "spec": {"ingress": [{"from": [{"namespaceSelector": {"matchLabels": labels}}]}]}}

test_denies_name if count(namespace_label.deny) == 1 with input as _policy({"name": "ai-agents"})

test_allows_the_automatic_one if count(namespace_label.deny) == 0 with input as _policy({"kubernetes.io/metadata.name": "ai-agents"})
