# METADATA
# title: Credentials are referred to, never written down
# description: >-
#   Looks at environment variables, ConfigMaps with the YAML and JSON in them, Helm values, and every other string for
#   the forms that issuers give their tokens (AKIA..., hf_..., sk-..., private keys, a password in a URL).
# custom:
#   severity: error
#   why: >-
#     A password in an environment variable, a ConfigMap or a chart's values is in Git, in etcd and in every diff.
#   fix: >-
#     Read it from a Secret: `self.secret(name, key)`, or the chart's existingSecret value.
package rules.literal_secret

import data.lib.pods
import data.lib.secrets

deny contains {"msg": sprintf("the variable %s holds a credential", [variable.name]), "pointer": pods.at(each, ["env", index, "value"])} if {
	some each in pods.containers
	some index, variable in each.container.env
	secrets.literal(variable.name, variable.value)
}

deny contains {"msg": sprintf("%s holds a credential", [_spelled(path)]), "pointer": path} if {
	walk(_settings, [path, value])
	not input.kind == "ConfigMap"
	key := path[count(path) - 1]
	is_string(key)
	secrets.literal(key, value)
	not _in_pod(path)
}

deny contains {"msg": sprintf("%s holds a credential", [_spelled(array.concat(["data", file], path))]), "pointer": array.concat(["data", file], path)} if {
	input.kind == "ConfigMap"
	some file, text in input.data
	walk(_parsed(text), [path, value])
	key := array.concat([file], path)[count(path)]
	secrets.literal(sprintf("%v", [key]), value)
}

# Where others than pods are told something: a chart's values, a custom resource's fields.
_settings := input if not input.kind in {"CustomResourceDefinition", "Secret", "ExternalSecret", "ClusterConfig"}

_in_pod(path) if "env" in path

_parsed(text) := parsed if {
	yaml.is_valid(text)
	parsed := yaml.unmarshal(text)
	not is_string(parsed)
}

_parsed(text) := text if not yaml.is_valid(text)

_parsed(text) := text if {
	yaml.is_valid(text)
	is_string(yaml.unmarshal(text))
}

_spelled(path) := concat(".", [sprintf("%v", [step]) | some step in path])
