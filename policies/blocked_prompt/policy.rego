# METADATA
# title: The web ACL lets long prompts through
# description: >-
#   AWS's Common rule set refuses bodies of more than 8 KB, some 2,000 tokens. Short tests pass; the first long document, or
#   the first conversation of ten turns, is answered with 403.
# custom:
#   severity: error
#   why: >-
#     Everything longer than a few pages fails at the edge, with an answer that no gateway has in its logs.
#   fix: >-
#     Let the rule SizeRestrictions_BODY count: `ruleActionOverrides` of the rule group.
package rules.blocked_prompt

deny contains {"msg": "SizeRestrictions_BODY refuses prompts of more than 8 KB", "pointer": ["spec", "rules", index]} if {
	input.apiVersion == "wafv2.services.k8s.aws/v1alpha1"
	input.kind == "WebACL"
	some index, rule in input.spec.rules
	group := rule.statement.managedRuleGroupStatement
	group.name == "AWSManagedRulesCommonRuleSet"
	not _counts(group)
}

_counts(group) if {
	some override in group.ruleActionOverrides
	override.name == "SizeRestrictions_BODY"
	override.actionToUse.count
}
