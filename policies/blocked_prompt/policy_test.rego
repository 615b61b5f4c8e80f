package rules.blocked_prompt_test

import data.rules.blocked_prompt

_acl(group) := {
	"apiVersion": "wafv2.services.k8s.aws/v1alpha1",
	"kind": "WebACL",
	"spec": {"rules": [{"name": "one", "statement": {"managedRuleGroupStatement": group}}]},
}

_group(action) := {
	"name": "AWSManagedRulesCommonRuleSet",
	"ruleActionOverrides": [{"name": "SizeRestrictions_BODY", "actionToUse": action}],
}

test_denies_the_group_as_it_is if count(blocked_prompt.deny) == 1 with input as _acl({"name": "AWSManagedRulesCommonRuleSet"})

test_denies_a_block if count(blocked_prompt.deny) == 1 with input as _acl(_group({"block": {}}))

test_allows_a_count if count(blocked_prompt.deny) == 0 with input as _acl(_group({"count": {}}))

test_allows_other_groups if count(blocked_prompt.deny) == 0 with input as _acl({"name": "AWSManagedRulesSQLiRuleSet"})
