# METADATA
# title: No mesh sidecar is injected into a restricted namespace
# description: >-
#   One target design labelled restricted namespaces with istio-injection and called the result mutual TLS, which no
#   PeerAuthentication enforced either.
# custom:
#   severity: error
#   why: >-
#     The injected init container asks for NET_ADMIN and root, and admission refuses every pod.
#   fix: >-
#     Use ambient mode, or say plainly that traffic inside the VPC is not encrypted.
package rules.sidecar_injection

deny contains {"msg": sprintf("%s asks for sidecars, which its Pod Security Standard refuses", [input.metadata.name]), "pointer": ["metadata", "labels"]} if {
	input.kind == "Namespace"
	_injected
	input.metadata.labels["pod-security.kubernetes.io/enforce"] in {"restricted", "baseline"}
}

_injected if input.metadata.labels["istio-injection"] == "enabled"

_injected if input.metadata.labels["istio.io/rev"]
