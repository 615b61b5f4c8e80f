package rules.endless_log_test

import data.rules.endless_log

_group(spec) := {"apiVersion": "cloudwatchlogs.services.k8s.aws/v1alpha1", "kind": "LogGroup", "spec": spec}

_key := {"from": {"name": "logs", "namespace": "ack-system"}}

test_denies_silence if count(endless_log.deny) == 2 with input as _group({})

test_denies_one_without_a_key if count(endless_log.deny) == 1 with input as _group({"retentionDays": 30})

test_allows_one_that_ends if count(endless_log.deny) == 0 with input as _group({"retentionDays": 30, "kmsKeyRef": _key})
