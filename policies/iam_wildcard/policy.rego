# METADATA
# title: IAM statements name actions and resources
# description: >-
#   A whole service (`s3:*`) is refused like `*`. A resource of `*` is accepted for the few actions that know no other,
#   such as listing or describing.
# custom:
#   severity: error
#   why: >-
#     A star is every action that AWS will ever add, or every bucket of the account.
#   fix: >-
#     List the actions, and the ARNs with the cluster's prefix.
package rules.iam_wildcard

import data.lib.aws

deny contains {"msg": sprintf("the statement allows %s", [action]), "pointer": each.at} if {
	some each in aws.statements
	each.statement.Effect == "Allow"
	some action in aws.as_list(each.statement.Action)
	regex.match(`^(\*|[a-z0-9-]+:\*)$`, action)
}

deny contains {"msg": sprintf("the statement allows %s on every resource", [action]), "pointer": each.at} if {
	some each in aws.statements
	each.statement.Effect == "Allow"
	"*" in aws.as_list(each.statement.Resource)
	some action in aws.as_list(each.statement.Action)
	not _knows_no_resource(action)
	not each.statement.Condition
}

deny contains {"msg": "the statement allows everything but a list", "pointer": each.at} if {
	some each in aws.statements
	each.statement.Effect == "Allow"
	each.statement.NotAction
}

_knows_no_resource(action) if regex.match(`^[a-z0-9-]+:(Describe|List|GetAuthorizationToken|BatchGet|PutMetricData)`, action)

_knows_no_resource(action) if action in {
	"aps:CreateWorkspace", "ec2:GetSpotPlacementScores", "eks:CreatePodIdentityAssociation", "pricing:GetProducts",
	"route53:GetChange", "sts:GetCallerIdentity", "xray:PutTraceSegments", "xray:PutTelemetryRecords",
}
