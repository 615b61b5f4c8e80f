# METADATA
# title: The machine image of a node is a stated version
# description: >-
#   Amazon Linux 2 images end with Kubernetes 1.32 and are refused altogether.
# custom:
#   severity: error
#   why: >-
#     `@latest` replaces every node on the day on which AWS publishes an image, tested by nobody here.
#   fix: >-
#     Write alias with the version, as catalog/versions.yaml has it.
package rules.unpinned_ami

deny contains {"msg": sprintf("the image %s may change at any time", [term.alias]), "pointer": ["spec", "amiSelectorTerms", index]} if {
	input.kind == "EC2NodeClass"
	some index, term in input.spec.amiSelectorTerms
	not regex.match(`@v?[0-9]`, term.alias)
}

deny contains {"msg": "Amazon Linux 2 has no images for this Kubernetes", "pointer": ["spec"]} if {
	input.kind == "EC2NodeClass"
	_old
}

_old if input.spec.amiFamily == "AL2"

_old if {
	some term in input.spec.amiSelectorTerms
	startswith(term.alias, "al2@")
}
