package rules.default_project_test

import data.rules.default_project

_project(spec) := {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "spec": spec}

test_denies_default if count(default_project.deny) == 1 with input as {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": {"project": "default"}}

test_denies_a_project_for_everything if {
	count(default_project.deny) == 3 with input as _project({"sourceRepos": ["*"], "destinations": [{"namespace": "*"}], "clusterResourceWhitelist": [{"group": "*", "kind": "*"}]})
}

test_allows_a_restricted_one if {
	count(default_project.deny) == 0 with input as _project({"sourceRepos": ["https://example.com/a.git"], "destinations": [{"namespace": "ai-gateway"}]})
	count(default_project.deny) == 0 with input as {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": {"project": "gateway"}}
}
