package rules.literal_secret_test

import data.rules.literal_secret

_pod(variable) := {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "one", "env": [variable]}]}}

_config(text) := {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"config.yaml": text}}

_values(values) := {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": {"source": {"helm": {"valuesObject": values}}}}

test_denies_a_variable if {
	every variable in [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "URL", "value": concat("", ["postgresql://a", ":b@", "host/db"])}, {"name": "X", "value": "hf_abcdefghijklmnopqrstuvwxyz012345"}] {
		count(literal_secret.deny) == 1 with input as _pod(variable)
	}
}

test_denies_a_key_inside_a_config_map if count(literal_secret.deny) == 1 with input as _config("general_settings:\n  master_key: sk-1234\n")

test_denies_a_charts_value if count(literal_secret.deny) == 1 with input as _values({"auth": {"password": "langfuse"}})

test_allows_references if {
	count(literal_secret.deny) == 0 with input as _config("general_settings:\n  master_key: os.environ/MASTER_KEY\n  max_tokens: 100\n")
	count(literal_secret.deny) == 0 with input as _values({"auth": {"existingSecret": "langfuse", "secretName": "x", "password": ""}})
	count(literal_secret.deny) == 0 with input as _pod({"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}})
	count(literal_secret.deny) == 0 with input as _pod({"name": "PASSWORD_FILE", "value": "/etc/secret/password"})
}
