# METADATA
# title: Applications belong to a project that restricts them
# description: >-
#   A project that allows every repository or every destination restricts nothing, whatever its name.
# custom:
#   severity: error
#   why: >-
#     The project default lets an Application write anything anywhere.
#   fix: >-
#     Use the area's or the tenant's project.
package rules.default_project

deny contains {"msg": "the Application is in the project default", "pointer": ["spec", "project"]} if {
	input.apiVersion == "argoproj.io/v1alpha1"
	input.kind in {"Application", "ApplicationSet"}
	object.get(input.spec, "project", object.get(input.spec, ["template", "spec", "project"], "default")) == "default"
}

deny contains {"msg": sprintf("the project allows every %s", [what]), "pointer": ["spec", field]} if {
	input.kind == "AppProject"
	some field, what in {"sourceRepos": "repository", "destinations": "destination", "clusterResourceWhitelist": "kind of the cluster"}
	some value in input.spec[field]
	_everything(value)
}

_everything("*")

_everything(value) if value.namespace == "*"

_everything(value) if {
	value.group == "*"
	value.kind == "*"
}
