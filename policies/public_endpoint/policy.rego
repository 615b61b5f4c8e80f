# METADATA
# title: The control plane and the stores are not on the internet
# description: >-
#   The EKS API answers inside the VPC only. Search domains and databases have no public address, and their policies
#   name who may come in instead of Principal "*".
# custom:
#   severity: error
#   why: >-
#     A public endpoint is one leaked credential away from everybody.
#   fix: >-
#     Use private endpoints; bootstrap.md says how people get in.
package rules.public_endpoint

deny contains {"msg": "the Kubernetes API answers on the internet", "pointer": ["vpc", "clusterEndpoints"]} if {
	input.kind == "ClusterConfig"
	object.get(input, ["vpc", "clusterEndpoints", "publicAccess"], true) != false
}

deny contains {"msg": "the search domain is outside of the VPC", "pointer": ["spec"]} if {
	startswith(input.apiVersion, "opensearchservice.services.k8s.aws/")
	input.kind == "Domain"
	count(object.get(input.spec, ["vpcOptions", "subnetIDs"], object.get(input.spec, ["vpcOptions", "subnetRefs"], []))) == 0
}

deny contains {"msg": "the search domain lets everybody in", "pointer": ["spec", "accessPolicies"]} if {
	startswith(input.apiVersion, "opensearchservice.services.k8s.aws/")
	some statement in json.unmarshal(input.spec.accessPolicies).Statement
	statement.Effect == "Allow"
	statement.Principal in ["*", {"AWS": "*"}]
}

deny contains {"msg": "the database has a public address", "pointer": ["spec", "publiclyAccessible"]} if {
	startswith(input.apiVersion, "rds.services.k8s.aws/")
	input.spec.publiclyAccessible == true
}
