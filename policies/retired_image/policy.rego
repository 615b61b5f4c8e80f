# METADATA
# title: Images come from projects that still make them
# description: >-
#   Text Generation Inference is in maintenance mode, vLLM serves the same models. Bitnami's free images moved to a
#   frozen registry in 2025. k8s.gcr.io has been frozen since 2023.
# custom:
#   severity: error
#   why: >-
#     A retired image gets no security fixes, and may vanish from its registry.
#   fix: >-
#     Use the image that replaces it.
package rules.retired_image

import data.lib.pods

_retired := {
	"text-generation-inference": "vLLM",
	"docker.io/bitnami/": "the project's own image",
	"bitnamilegacy/": "the project's own image",
	"k8s.gcr.io/": "registry.k8s.io",
	"gcr.io/kubebuilder/kube-rbac-proxy": "registry.k8s.io/kube-rbac-proxy",
}

deny contains {"msg": sprintf("%s is retired; %s takes its place", [each.container.image, instead]), "pointer": pods.at(each, ["image"])} if {
	some each in pods.containers
	some name, instead in _retired
	contains(each.container.image, name)
}

deny contains {"msg": sprintf("%s is retired; %s takes its place", [each.container.image, "the project's own image"]), "pointer": pods.at(each, ["image"])} if {
	some each in pods.containers
	startswith(each.container.image, "bitnami/")
}
