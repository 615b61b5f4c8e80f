"""The mistakes of the two designs that this platform grew from, as far as an API's schema can see them.

The number in a test's name is that of the mistake in the designs' review.
"""

from __future__ import annotations

from collections.abc import Callable

from groundwork.findings import Finding
from groundwork.tree.yaml import parse

FindingsOf = Callable[..., list[Finding]]


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    """Rule and problem of each finding."""
    return [(one.rule, one.problem) for one in findings]


def test_playbook_1_kagent_agent_with_invented_fields_is_refused(findings_of: FindingsOf) -> None:
    """spec.model, systemPrompt, scaling and resources are no fields of a kagent Agent, of any version."""
    agents = parse("""
apiVersion: kagent.dev/v1alpha2
kind: Agent
metadata: {name: rag, namespace: ai-agents}
spec: {type: Declarative, model: qwen, systemPrompt: Search., scaling: {min: 1}, resources: {}}
---
apiVersion: kagent.dev/v1alpha1
kind: Agent
metadata: {name: rag, namespace: ai-agents}
spec: {model: qwen, systemPrompt: Search.}
""")

    new, old = (said(findings_of(agent)) for agent in agents)

    invented = [f"spec has no field `{field}`" for field in ("model", "resources", "scaling", "systemPrompt")]
    assert sorted(new) == [("schema/unknown-field", problem) for problem in invented]
    assert ("schema/unknown-field", "spec has no field `model`; did you mean `modelConfig`?") in old


def test_playbook_1_kagent_tool_and_workflow_do_not_exist(findings_of: FindingsOf) -> None:
    """A kind that no CRD defines is refused, not skipped."""
    objects = parse("""
apiVersion: kagent.dev/v1alpha1
kind: Tool
metadata: {name: search, namespace: ai-agents}
spec: {type: api}
---
apiVersion: kagent.dev/v1alpha1
kind: Workflow
metadata: {name: research, namespace: ai-agents}
spec: {}
""")

    findings = findings_of(*objects)

    assert [one.rule for one in findings] == ["schema/unknown-kind"] * 2
    assert "kagent.dev/v1alpha1 Tool is neither built into Kubernetes 1.35 nor a known CRD" in findings[0].problem


def test_playbook_2_ec2nodeclass_without_ami_or_role_is_refused(findings_of: FindingsOf) -> None:
    """The field amiSelectorTerms is required, and a CEL rule asks for exactly one of role and instanceProfile."""
    without_ami, without_role = parse("""
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: {name: gpu}
spec:
  amiFamily: AL2
  role: node
  subnetSelectorTerms: [{tags: {cluster: a}}]
  securityGroupSelectorTerms: [{tags: {cluster: a}}]
---
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: {name: gpu}
spec:
  amiSelectorTerms: [{alias: al2023@v20251120}]
  subnetSelectorTerms: [{tags: {cluster: a}}]
  securityGroupSelectorTerms: [{tags: {cluster: a}}]
""")

    findings = findings_of(without_ami, without_role)

    assert said(findings) == [
        ("schema/required", "spec lacks the required field `amiSelectorTerms`"),
        ("schema/cel", "spec: must specify exactly one of ['role', 'instanceProfile']"),
    ]


def test_playbook_2_alias_without_version_is_refused(findings_of: FindingsOf) -> None:
    """`al2023` names no version; `al2023@v...` does."""
    [node_class] = parse("""
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: {name: gpu}
spec:
  role: node
  amiSelectorTerms: [{alias: al2023}]
  subnetSelectorTerms: [{tags: {cluster: a}}]
  securityGroupSelectorTerms: [{tags: {cluster: a}}]
""")

    findings = findings_of(node_class)

    assert [one.pointer for one in findings] == [("spec", "amiSelectorTerms", 0, "alias")]
    assert "must match the format 'family@version'" in findings[0].problem


def test_playbook_3_nodepool_of_an_older_api_is_refused(findings_of: FindingsOf) -> None:
    """The block kubelet moved to the node class; group and kind of it and consolidateAfter are required."""
    [node_pool] = parse("""
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: gpu}
spec:
  template:
    spec:
      kubelet: {maxPods: 20}
      nodeClassRef: {name: gpu}
  disruption: {consolidationPolicy: WhenEmpty}
""")

    problems = {one.problem for one in findings_of(node_pool)}

    assert problems == {
        "spec.template.spec has no field `kubelet`",
        "spec.template.spec lacks the required field `requirements`",
        "spec.template.spec.nodeClassRef lacks the required field `group`",
        "spec.template.spec.nodeClassRef lacks the required field `kind`",
        "spec.disruption lacks the required field `consolidateAfter`",
    }


def test_playbook_12_retry_of_the_experimental_channel_is_refused(findings_of: FindingsOf) -> None:
    """HTTPRoute has `retry` only in Gateway API's experimental channel, which no cluster of ours installs."""
    [route] = parse("""
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: models, namespace: ai-gateway}
spec:
  rules: [{retry: {attempts: 2}, backendRefs: [{name: litellm, port: 4000}]}]
""")

    findings = findings_of(route)

    assert said(findings) == [("schema/unknown-field", "spec.rules[0] has no field `retry`")]


def test_playbook_19_ext_proc_as_a_list_is_refused(findings_of: FindingsOf) -> None:
    """TrafficPolicy.extProc is one mapping."""
    [policy] = parse("""
apiVersion: gateway.kgateway.dev/v1alpha1
kind: TrafficPolicy
metadata: {name: edge, namespace: ai-gateway}
spec: {extProc: [{extensionRef: {name: guard}}]}
""")

    findings = findings_of(policy)

    assert [(one.rule, one.pointer) for one in findings] == [("schema/type", ("spec", "extProc"))]


def test_playbook_19_invented_gateway_kinds_are_refused(findings_of: FindingsOf) -> None:
    """GatewayClassConfig and EnvoyRetry exist in no API of kgateway."""
    objects = parse("""
apiVersion: gateway.kgateway.dev/v1alpha1
kind: GatewayClassConfig
metadata: {name: edge, namespace: ai-gateway}
---
apiVersion: gateway.kgateway.dev/v1alpha1
kind: EnvoyRetry
metadata: {name: edge, namespace: ai-gateway}
""")

    findings = findings_of(*objects)

    assert [one.rule for one in findings] == ["schema/unknown-kind"] * 2


def test_playbook_20_inference_pool_v1alpha2_is_refused(findings_of: FindingsOf) -> None:
    """InferencePool left its alpha group; InferenceModel and LLMRoute are gone."""
    pool, old_pool, model = parse("""
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: qwen, namespace: ai-inference}
spec:
  selector: {matchLabels: {app: qwen}}
  targetPorts: [{number: 8000}]
  endpointPickerRef: {name: picker, port: {number: 9002}}
---
apiVersion: inference.networking.k8s.io/v1alpha2
kind: InferencePool
metadata: {name: qwen, namespace: ai-inference}
spec: {}
---
apiVersion: inference.networking.x-k8s.io/v1alpha2
kind: InferenceModel
metadata: {name: qwen, namespace: ai-inference}
spec: {}
""")

    sound, unserved, unknown = (findings_of(body) for body in (pool, old_pool, model))

    assert sound == []
    assert [one.rule for one in unserved] == ["schema/unserved-version"]
    assert "its API has inference.networking.k8s.io/v1" in unserved[0].problem
    assert [one.rule for one in unknown] == ["schema/unknown-kind"]
