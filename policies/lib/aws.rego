# METADATA
# description: The statements of every IAM policy in an object, whether it stands as YAML or as JSON in a string.
package lib.aws

as_list(value) := value if is_array(value)

as_list(value) := [value] if not is_array(value)

_documents contains {"at": ["spec", "inlinePolicies", name], "policy": json.unmarshal(text)} if {
	input.apiVersion == "iam.services.k8s.aws/v1alpha1"
	some name, text in input.spec.inlinePolicies
}

_documents contains {"at": ["spec", "policyDocument"], "policy": json.unmarshal(input.spec.policyDocument)} if {
	input.apiVersion == "iam.services.k8s.aws/v1alpha1"
	input.kind == "Policy"
}

_documents contains {"at": at, "policy": each.permissionPolicy} if {
	input.kind == "ClusterConfig"
	some index, each in input.iam.podIdentityAssociations
	is_object(each.permissionPolicy)
	at := ["iam", "podIdentityAssociations", index, "permissionPolicy"]
}

statements contains {"at": document.at, "statement": statement} if {
	some document in _documents
	some statement in as_list(document.policy.Statement)
}

managed contains {"at": ["spec", "policies", index], "arn": arn} if {
	input.apiVersion == "iam.services.k8s.aws/v1alpha1"
	some index, arn in input.spec.policies
}

managed contains {"at": ["iam", "podIdentityAssociations", index, "permissionPolicyARNs", number], "arn": arn} if {
	input.kind == "ClusterConfig"
	some index, each in input.iam.podIdentityAssociations
	some number, arn in each.permissionPolicyARNs
}

managed contains {"at": ["accessConfig", "accessEntries", index, "accessPolicies", number], "arn": policy.policyARN} if {
	input.kind == "ClusterConfig"
	some index, each in input.accessConfig.accessEntries
	some number, policy in each.accessPolicies
}
