# METADATA
# title: Nothing is downloaded, installed or compiled when a pod starts
# description: >-
#   Target designs installed packages and compiled an engine at the start of every worker, or fetched a tool with curl
#   in an init container. Each start then takes minutes, needs the internet, and may run something else than the last
#   one.
# custom:
#   severity: error
#   why: >-
#     What is fetched at start is unpinned and unscanned, and a registry's bad hour becomes the platform's.
#   fix: >-
#     Build it into an image of our own (apps/images), which CI scans and pins.
package rules.download_at_start

import data.lib.pods

_fetches := `(^|[\s;&|('"/])(pip3? install|uv pip|apt-get|apk add|yum install|dnf install|npm (install|i) |curl |wget |git clone|go install|cmake )`

deny contains {"msg": sprintf("%s fetches or builds software when it starts", [each.container.name]), "pointer": pods.at(each, ["args"])} if {
	some each in pods.containers
	regex.match(_fetches, concat(" ", [word | some word in pods.words(each.container); is_string(word)]))
}
