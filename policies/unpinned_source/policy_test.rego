package rules.unpinned_source_test

import data.rules.unpinned_source

_application(source) := {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": {"source": source}}

test_denies_ranges_and_branches if {
	every revision in ["*", ">=1.0.0", "1.x", "main", "HEAD"] {
		count(unpinned_source.deny) == 1 with input as _application({"repoURL": "https://charts", "chart": "keda", "targetRevision": revision})
			with data.cluster as {"repository": "https://ours"}
	}
}

test_denies_silence if count(unpinned_source.deny) == 1 with input as _application({"repoURL": "https://theirs"}) with data.cluster as {"repository": "https://ours"}

test_allows_versions_and_our_own_branch if {
	count(unpinned_source.deny) == 0 with input as _application({"repoURL": "https://charts", "chart": "keda", "targetRevision": "2.20.2"}) with data.cluster as {"repository": "https://ours"}
	count(unpinned_source.deny) == 0 with input as _application({"repoURL": "https://ours", "targetRevision": "main"}) with data.cluster as {"repository": "https://ours"}
}
