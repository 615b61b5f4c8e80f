# METADATA
# title: A guardrail that fails lets nothing through
# description: >-
#   External processing and external authorisation decide whether a request may pass. If they cannot be asked, the
#   answer is no.
# custom:
#   severity: error
#   why: >-
#     Fail-open means that overloading the guardrail switches it off.
#   fix: >-
#     Set failOpen false; kgateway's default is true.
package rules.open_guardrail

deny contains {"msg": sprintf("requests pass when the %s cannot be asked", [check]), "pointer": ["spec", check]} if {
	input.kind == "GatewayExtension"
	some check in ["extProc", "extAuth"]
	is_object(input.spec[check])
	_opens(check)
}

_opens("extProc") if object.get(input.spec.extProc, "failOpen", true) != false

_opens("extAuth") if object.get(input.spec.extAuth, "failOpen", false) == true
