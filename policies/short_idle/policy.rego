# METADATA
# title: A load balancer waits as long as an answer may be silent
# description: >-
#   Reasoning models think for minutes before the first token. The load balancer, the proxy and the model gateway each
#   have a limit of their own; the shortest of them decides.
# custom:
#   severity: error
#   why: >-
#     An NLB drops a connection after 350 silent seconds and an ALB after 60, in the middle of a long completion.
#   fix: >-
#     Set tcp.idle_timeout.seconds on an NLB's listener, together with the gateway's stream idle timeout, or
#     idle_timeout.timeout_seconds on an ALB.
package rules.short_idle

deny contains {"msg": "the load balancer drops connections that are silent for 350 seconds", "pointer": ["spec", "kube", "service", "extraAnnotations"]} if {
	input.kind == "GatewayParameters"
	input.spec.kube.service.type == "LoadBalancer"
	not _patient(object.get(input.spec.kube.service, "extraAnnotations", {}))
}

_patient(annotations) if {
	some name, value in annotations
	startswith(name, "service.beta.kubernetes.io/aws-load-balancer-listener-attributes.")
	found := regex.find_all_string_submatch_n(`tcp\.idle_timeout\.seconds=([0-9]+)`, value, 1)
	to_number(found[0][1]) >= 600
}

deny contains {"msg": "the load balancer drops connections that are silent for a minute", "pointer": ["spec", "loadBalancerAttributes"]} if {
	input.kind == "IngressClassParams"
	not _waits
}

_waits if {
	some attribute in input.spec.loadBalancerAttributes
	attribute.key == "idle_timeout.timeout_seconds"
	to_number(attribute.value) >= 600
}
