"""Network: Services, policies, routes and gateways."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.proofs.fields import entries, mapping, number, text
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, change, delete, drop, operator
from tests.mutants.operators.workloads import appended


@operator("references", "Service")
def service_of_other_pods(one: Manifest) -> Iterator[Edit]:
    for key, value in mapping(one.body, "spec", "selector").items():
        yield change(("spec", "selector", key), f"{value}-x")


@operator("references", "Service")
def service_to_another_port(one: Manifest) -> Iterator[Edit]:
    for place, port in entries(one.body, "spec", "ports"):
        if "targetPort" in port:
            yield change((*place, "targetPort"), "other")
            yield change((*place, "targetPort"), 65000)


@operator("references", "Service")
def service_deleted(one: Manifest) -> Iterator[Edit]:
    del one
    yield delete()


@operator("policies", "Service")
def service_faces_outside(one: Manifest) -> Iterator[Edit]:
    if text(one.body, "spec", "type") == "ClusterIP":
        yield change(("spec", "type"), "LoadBalancer")
        yield change(("spec", "type"), "NodePort")


@operator("references", "PodDisruptionBudget")
def budget_of_other_pods(one: Manifest) -> Iterator[Edit]:
    for key, value in mapping(one.body, "spec", "selector", "matchLabels").items():
        yield change(("spec", "selector", "matchLabels", key), f"{value}-x")


@operator("policies", "PodDisruptionBudget")
def budget_blocks_drains(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("spec", "maxUnavailable"), 0)


@operator("references", "NetworkPolicy")
def policy_of_other_pods(one: Manifest) -> Iterator[Edit]:
    for key, value in mapping(one.body, "spec", "podSelector", "matchLabels").items():
        yield change(("spec", "podSelector", "matchLabels", key), f"{value}-x")


@operator("references", "NetworkPolicy")
def peer_in_another_namespace(one: Manifest) -> Iterator[Edit]:
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for place, rule in entries(one.body, "spec", direction):
            for at, peer in entries(rule, side):
                if mapping(peer, "namespaceSelector", "matchLabels") and mapping(peer, "podSelector"):
                    labels = {"kubernetes.io/metadata.name": "ai-pipelines"}
                    yield change((*place, *at, "namespaceSelector", "matchLabels"), labels)


@operator("policies", "NetworkPolicy")
def namespace_by_its_name_label(one: Manifest) -> Iterator[Edit]:
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for place, rule in entries(one.body, "spec", direction):
            for at, peer in entries(rule, side):
                name = mapping(peer, "namespaceSelector", "matchLabels").get("kubernetes.io/metadata.name")
                if name:
                    yield change((*place, *at, "namespaceSelector", "matchLabels"), {"name": name})


@operator("references", "NetworkPolicy")
def policy_for_another_port(one: Manifest) -> Iterator[Edit]:
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for place, rule in entries(one.body, "spec", direction):
            if any("ipBlock" in peer for _, peer in entries(rule, side)) and direction == "egress":
                continue
            for at, port in entries(rule, "ports"):
                if number(port, "port") not in (None, 53):
                    yield change((*place, *at, "port"), 64999)


@operator("policies", "NetworkPolicy")
def egress_to_everywhere(one: Manifest) -> Iterator[Edit]:
    if mapping(one.body, "spec", "podSelector") and entries(one.body, "spec", "egress"):
        everywhere = {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"protocol": "TCP", "port": 443}]}
        yield appended(one, ("spec", "egress"), everywhere)
        yield appended(one, ("spec", "egress"), {"ports": [{"protocol": "TCP", "port": 443}]})


@operator("policies", "NetworkPolicy")
def egress_to_the_metadata_service(one: Manifest) -> Iterator[Edit]:
    if mapping(one.body, "spec", "podSelector") and entries(one.body, "spec", "egress"):
        yield appended(one, ("spec", "egress"), {"to": [{"ipBlock": {"cidr": "169.254.0.0/16"}}]})


@operator("policies", "NetworkPolicy")
def ingress_from_everybody(one: Manifest) -> Iterator[Edit]:
    for place, rule in entries(one.body, "spec", "ingress"):
        if "from" in rule:
            yield drop((*place, "from"))
            yield change((*place, "from"), [{"ipBlock": {"cidr": "0.0.0.0/0"}}])


@operator("policies", "NetworkPolicy")
def default_deny_deleted(one: Manifest) -> Iterator[Edit]:
    if one.name == "default-deny" and one.namespace != "kube-system":
        yield delete()


@operator("later", "NetworkPolicy")
def required_flow_closed(one: Manifest) -> Iterator[Edit]:
    for place, _ in entries(one.body, "spec", "egress"):
        yield drop(place)


@operator("references", "HTTPRoute")
def route_to_another_backend(one: Manifest) -> Iterator[Edit]:
    for place, rule in entries(one.body, "spec", "rules"):
        for at, backend in entries(rule, "backendRefs"):
            yield change((*place, *at, "name"), text(backend, "name") + "-x")


@operator("references", "HTTPRoute")
def route_to_another_port(one: Manifest) -> Iterator[Edit]:
    for place, rule in entries(one.body, "spec", "rules"):
        for at, backend in entries(rule, "backendRefs"):
            if port := number(backend, "port"):
                yield change((*place, *at, "port"), port + 1)


@operator("references", "HTTPRoute")
def route_to_another_listener(one: Manifest) -> Iterator[Edit]:
    for place, _ in entries(one.body, "spec", "parentRefs"):
        yield change((*place, "sectionName"), "tls")
        yield change((*place, "name"), "front")


@operator("references", "HTTPRoute")
def route_of_another_domain(one: Manifest) -> Iterator[Edit]:
    if one.spec.get("hostnames"):
        yield change(("spec", "hostnames", 0), "api.example.org")


@operator("policies", "HTTPRoute")
def route_on_every_listener(one: Manifest) -> Iterator[Edit]:
    for place, parent in entries(one.body, "spec", "parentRefs"):
        if "sectionName" in parent:
            yield drop((*place, "sectionName"))


@operator("policies", "HTTPRoute")
def route_of_strangers(one: Manifest) -> Iterator[Edit]:
    if "groundwork.dev/authenticates" in one.annotations:
        yield drop(("metadata", "annotations", "groundwork.dev/authenticates"))


@operator("policies", "HTTPRoute")
def answers_cut_short(one: Manifest) -> Iterator[Edit]:
    for place, rule in entries(one.body, "spec", "rules"):
        if "timeouts" in rule:
            yield drop((*place, "timeouts"))


@operator("references", "ReferenceGrant")
def grant_deleted(one: Manifest) -> Iterator[Edit]:
    del one
    yield delete()


@operator("references", "ReferenceGrant")
def grant_for_another(one: Manifest) -> Iterator[Edit]:
    for place, target in entries(one.body, "spec", "to"):
        yield change((*place, "name"), text(target, "name") + "-x")
    for place, _ in entries(one.body, "spec", "from"):
        yield change((*place, "namespace"), "ai-data")


@operator("references", "TrafficPolicy")
def policy_without_target(one: Manifest) -> Iterator[Edit]:
    for place, target in entries(one.body, "spec", "targetRefs"):
        yield change((*place, "name"), text(target, "name") + "-x")
        if "sectionName" in target:
            yield change((*place, "sectionName"), "agent")


@operator("policies", "TrafficPolicy")
def sign_in_deleted(one: Manifest) -> Iterator[Edit]:
    if "jwtAuth" in one.spec:
        yield delete()


@operator("references", "TrafficPolicy")
def extension_of_another_name(one: Manifest) -> Iterator[Edit]:
    if "jwtAuth" in one.spec:
        yield change(("spec", "jwtAuth", "extensionRef", "name"), "identities")


@operator("references", "GatewayExtension", "GatewayParameters", "Backend", "Gateway")
def part_of_the_gateway_deleted(one: Manifest) -> Iterator[Edit]:
    del one
    yield delete()


@operator("references", "Gateway")
def gateway_of_another_class(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("spec", "gatewayClassName"), "kgatway")
    yield change(("spec", "infrastructure", "parametersRef", "name"), "front")


@operator("references", "Gateway")
def certificate_of_another_name(one: Manifest) -> Iterator[Edit]:
    for place, listener in entries(one.body, "spec", "listeners"):
        for at, _ in entries(listener, "tls", "certificateRefs"):
            yield change((*place, *at, "name"), "edge-cert")


@operator("policies", "Gateway")
def gateway_takes_every_route(one: Manifest) -> Iterator[Edit]:
    for place, _ in entries(one.body, "spec", "listeners"):
        yield change((*place, "allowedRoutes", "namespaces"), {"from": "All"})


@operator("policies", "Gateway")
def plain_listener(one: Manifest) -> Iterator[Edit]:
    for place, listener in entries(one.body, "spec", "listeners"):
        if listener["protocol"] == "HTTP" and text(one.body, "spec", "gatewayClassName") == "kgateway":
            same = {"from": "Selector", "selector": {"matchLabels": {"app.kubernetes.io/part-of": "groundwork"}}}
            yield change((*place, "allowedRoutes", "namespaces"), same)


@operator("references", "Certificate")
def certificate_for_other_names(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("spec", "dnsNames"), ["www.example.org"])


@operator("references", "Certificate")
def certificate_of_another_issuer(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("spec", "issuerRef", "name"), "letsencrpyt")
