package rules.iam_wildcard_test

import data.rules.iam_wildcard

_role(statement) := {
	"apiVersion": "iam.services.k8s.aws/v1alpha1",
	"kind": "Role",
	"spec": {"inlinePolicies": {"access": json.marshal({"Statement": [object.union({"Effect": "Allow"}, statement)]})}},
}

test_denies_every_action if {
	every action in ["*", "s3:*"] {
		count(iam_wildcard.deny) == 1 with input as _role({"Action": action, "Resource": "arn:aws:s3:::one"})
	}
}

test_denies_every_resource if count(iam_wildcard.deny) == 1 with input as _role({"Action": ["bedrock:InvokeModel"], "Resource": "*"})

test_denies_everything_but if count(iam_wildcard.deny) == 1 with input as _role({"NotAction": ["iam:*"], "Resource": "arn:aws:s3:::one"})

test_denies_it_in_bootstrap_too if {
	count(iam_wildcard.deny) == 1 with input as {
		"kind": "ClusterConfig",
		"iam": {"podIdentityAssociations": [{"permissionPolicy": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::one"}]}}]},
	}
}

test_allows_names if {
	count(iam_wildcard.deny) == 0 with input as _role({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::one/*"})
	count(iam_wildcard.deny) == 0 with input as _role({"Action": "ec2:DescribeInstances", "Resource": "*"})
}
