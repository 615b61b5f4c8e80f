# METADATA
# title: A server on an accelerator has a startup probe as long as its start
# description: >-
#   A model server downloads and loads tens of gigabytes, then compiles. A fixed initial delay is either too short for a
#   cold node or too long for a warm one; the startup probe holds the others back until the server answers. At least ten
#   minutes are asked for.
# custom:
#   severity: error
#   why: >-
#     Loading weights takes minutes. A liveness probe alone kills the server before it is up, again and again.
#   fix: >-
#     Set a startup probe whose period times its threshold covers download, loading and compilation.
package rules.missing_startup_probe

import data.lib.pods

_least := 600

deny contains {"msg": sprintf("%s has %d seconds to start, which is less than %d", [each.container.name, _seconds(each.container), _least]), "pointer": each.at} if {
	pods.serving
	some each in pods.containers
	not each.init
	count(pods.accelerators(each.container)) > 0
	_seconds(each.container) < _least
}

_seconds(container) := object.get(container.startupProbe, "periodSeconds", 10) * object.get(container.startupProbe, "failureThreshold", 3) if container.startupProbe

_seconds(container) := 0 if not container.startupProbe
