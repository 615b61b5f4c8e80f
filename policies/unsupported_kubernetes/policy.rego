# METADATA
# title: A cluster runs a Kubernetes in standard support
# description: >-
#   EKS supports a minor version for 14 months, then for 12 more at a higher price. 1.33 and older have left standard
#   support by November 2026.
# custom:
#   severity: error
#   why: >-
#     Extended support costs six times as much per cluster and hour, and ends in a forced upgrade.
#   fix: >-
#     Raise `kubernetes` in the cluster's declaration, one minor version at a time.
package rules.unsupported_kubernetes

_oldest := 34

deny contains {"msg": sprintf("Kubernetes %s is out of standard support", [input.metadata.version]), "pointer": ["metadata", "version"]} if {
	input.kind == "ClusterConfig"
	to_number(split(input.metadata.version, ".")[1]) < _oldest
}
