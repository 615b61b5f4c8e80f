# METADATA
# title: No managed policy that gives all of a service
# description: >-
#   Managed policies whose names end in FullAccess, and AdministratorAccess and PowerUserAccess, were what the agents of
#   one target design ran with. The cluster admin's access policy of EKS is for the admin role alone.
# custom:
#   severity: error
#   why: >-
#     AmazonBedrockFullAccess lets an agent that asks one model a question delete every guardrail of the account.
#   fix: >-
#     Write the statements that are needed: `self.aws_access(...)`.
package rules.full_access_policy

import data.lib.aws

deny contains {"msg": sprintf("%s gives all of it", [each.arn]), "pointer": each.at} if {
	some each in aws.managed
	regex.match(`(FullAccess|AdministratorAccess|PowerUserAccess)$`, each.arn)
}
