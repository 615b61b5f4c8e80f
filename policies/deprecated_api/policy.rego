# METADATA
# title: Objects use the API version that stays
# description: >-
#   Versions that the cluster does not serve at all are found by the schema proof. These are still served, next to the
#   one that replaces them.
# custom:
#   severity: error
#   why: >-
#     A served but deprecated version disappears with an upgrade of its operator, and with it every object that says so.
#   fix: >-
#     Use the version named in the message.
package rules.deprecated_api

import data.lib.secrets

_replaced := {
	"external-secrets.io/v1beta1": "external-secrets.io/v1",
	"gateway.networking.k8s.io/v1beta1": "gateway.networking.k8s.io/v1",
	"gateway.networking.k8s.io/v1alpha2": "gateway.networking.k8s.io/v1",
	"inference.networking.x-k8s.io/v1alpha2": "inference.networking.k8s.io/v1",
	"kagent.dev/v1alpha1": "kagent.dev/v1alpha2",
	"kueue.x-k8s.io/v1beta1": "kueue.x-k8s.io/v1beta2",
	"gateway.k8s.aws/v1beta1": "gateway.k8s.aws/v1",
	"cilium.io/v2alpha1": "cilium.io/v2",
	"autoscaling/v1": "autoscaling/v2",
}

deny contains {"msg": sprintf("%s is replaced by %s", [input.apiVersion, _replaced[input.apiVersion]]), "pointer": ["apiVersion"]} if _replaced[input.apiVersion]
