# METADATA
# title: Images carry a tag that never moves, or a digest
# description: >-
#   Tags such as latest, main, stable or nightly point to whatever was pushed last. Nodes pull at different times, so
#   replicas of one Deployment may differ, and a rollback brings nothing back. A version or the number of a build
#   (server-b11206) makes a tag that stays.
# custom:
#   severity: error
#   why: >-
#     The same manifest would run other code tomorrow, on some of the nodes.
#   fix: >-
#     Write the version's own tag in catalog/versions.yaml, and its digest beside it before production.
package rules.mutable_tag

import data.lib.pods

_moving := {"latest", "main", "master", "head", "edge", "nightly", "stable", "dev", "develop", "canary", "server", "current"}

deny contains {"msg": sprintf("the image %s has no tag that stays the same", [image.name]), "pointer": image.at} if {
	some image in _images
	_moves(image.name)
}

_images contains {"at": pods.at(each, ["image"]), "name": each.container.image} if some each in pods.containers

_images contains {"at": ["spec", field], "name": input.spec[field]} if {
	some field in ["image", "imageName"]
	is_string(input.spec[field])
}

_moves(name) if {
	not contains(name, "@sha256:")
	last := regex.split(`/`, name)[count(regex.split(`/`, name)) - 1]
	not contains(last, ":")
}

_moves(name) if {
	not contains(name, "@sha256:")
	parts := split(name, ":")
	tag := lower(parts[count(parts) - 1])
	some moving in _moving
	regex.match(sprintf(`(^|[-_.])%s($|[-_.])`, [moving]), tag)
	not regex.match(`[0-9]+\.[0-9]+|-b[0-9]+$`, tag)
}
