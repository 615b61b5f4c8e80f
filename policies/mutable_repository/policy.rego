# METADATA
# title: Tags in our registry do not move, and what comes in is scanned
# description: >-
#   The tag of an image of ours is the digest of its folder. A cache of somebody else's registry has to follow it; what we
#   run from there is pinned by its own policy.
# custom:
#   severity: error
#   why: >-
#     Whoever may push could replace what runs, and the next node would start something else under the reviewed name.
#   fix: >-
#     Set `imageTagMutability: IMMUTABLE` and `imageScanningConfiguration: {scanOnPush: true}`.
package rules.mutable_repository

deny contains {"msg": "a tag may be pushed again", "pointer": ["spec"]} if {
	_repository
	not _cached
	object.get(input.spec, "imageTagMutability", "MUTABLE") != "IMMUTABLE"
}

deny contains {"msg": "nobody scans what is pushed", "pointer": ["spec"]} if {
	_repository
	object.get(input.spec, ["imageScanningConfiguration", "scanOnPush"], false) != true
}

_repository if {
	input.apiVersion == "ecr.services.k8s.aws/v1alpha1"
	input.kind == "Repository"
}

# Below the prefix of a cache stands the host of the registry that is cached.
_cached if {
	some part in split(input.spec.name, "/")
	contains(part, ".")
}
