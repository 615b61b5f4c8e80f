package rules.short_idle_test

import data.rules.short_idle

_parameters(annotations) := {"kind": "GatewayParameters", "spec": {"kube": {"service": {"type": "LoadBalancer", "extraAnnotations": annotations}}}}

test_denies_the_default if count(short_idle.deny) == 1 with input as _parameters({})

test_denies_a_short_one if {
	count(short_idle.deny) == 1 with input as _parameters({"service.beta.kubernetes.io/aws-load-balancer-listener-attributes.TCP-443": "tcp.idle_timeout.seconds=60"})
}

test_allows_half_an_hour if {
	count(short_idle.deny) == 0 with input as _parameters({"service.beta.kubernetes.io/aws-load-balancer-listener-attributes.TCP-443": "tcp.idle_timeout.seconds=1800"})
}

_class(seconds) := {"kind": "IngressClassParams", "spec": {"loadBalancerAttributes": [{"key": "idle_timeout.timeout_seconds", "value": seconds}]}}

test_denies_the_default_of_an_alb if count(short_idle.deny) == 1 with input as {"kind": "IngressClassParams", "spec": {}}

test_denies_a_short_alb if count(short_idle.deny) == 1 with input as _class("60")

test_allows_a_patient_alb if count(short_idle.deny) == 0 with input as _class("1800")
