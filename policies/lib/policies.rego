# METADATA
# description: >-
#   The policy over the policies: what each of them says of itself, and how it is tried. `input` describes one folder:
#   its name, the name of its package, the metadata at the head of its file, and the names of its tests.
package policies

_severities := {"error", "warning"}

deny contains "the package is not rules.<name of the folder>" if input.package != sprintf("rules.%s", [input.name])

deny contains "the name is not words in lower case, joined by _" if not regex.match(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`, input.name)

deny contains sprintf("the metadata say no %s", [field]) if {
	some field in ["title", "description"]
	count(object.get(input.metadata, field, "")) < 15
}

deny contains sprintf("the metadata say no %s", [field]) if {
	some field in ["why", "fix"]
	count(object.get(input.metadata, ["custom", field], "")) < 15
}

deny contains sprintf("the severity is none of %s", [concat(", ", _severities)]) if {
	not object.get(input.metadata, ["custom", "severity"], "") in _severities
}

deny contains "the title is no sentence without a full stop" if endswith(object.get(input.metadata, "title", ""), ".")

deny contains "nothing tries what it denies (test_denies_...)" if not _tried("test_denies")

deny contains "nothing tries what it allows (test_allows_...)" if not _tried("test_allows")

_tried(kind) if {
	some test in input.tests
	startswith(test, kind)
}
