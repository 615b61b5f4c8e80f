package rules.inert_annotation_test

import data.rules.inert_annotation

_namespace(annotations) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "one", "annotations": annotations}}

test_denies_default_tolerations if count(inert_annotation.deny) == 1 with input as _namespace({"scheduler.alpha.kubernetes.io/defaultTolerations": "[]"})

test_allows_others if count(inert_annotation.deny) == 0 with input as _namespace({"argocd.argoproj.io/sync-wave": "1"})
