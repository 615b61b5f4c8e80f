"""The schema proof: every object is judged by the API of its own cluster.

The tests named after the playbook hold mistakes of the two designs that this platform grew from, as far as an API's schema
can see them; the number is that of the mistake in the designs' review.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from groundwork.findings import Finding, Severity
from groundwork.proofs import schema
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree
from groundwork.tree.yaml import parse


def tree_of(text: str, cluster: str = "test", component: str = "demo") -> Tree:
    """The objects of a YAML stream as a tree."""
    path = PurePosixPath("generated", cluster, component, "object.yaml")
    return Tree(
        Path("generated"),
        [Manifest(cluster=cluster, component=component, path=path, body=body) for body in parse(text)],
    )


def findings_of(text: str, component: str = "demo") -> list[Finding]:
    """What a cluster with Kubernetes 1.35 would say of the objects of a YAML stream."""
    return schema.check(tree_of(text, component=component), {"test": "1.35"})


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    """Rule and problem of each finding."""
    return [(one.rule, one.problem) for one in findings]


@pytest.mark.parametrize(
    ("api_version", "kind", "rule", "says"),
    [
        ("v1", "ConfigMap", None, ""),
        ("apps/v1beta1", "Deployment", "unserved-version", "not served by Kubernetes 1.35; it serves apps/v1"),
        ("batch/v1beta1", "CronJob", "unserved-version", "it serves batch/v1"),
        ("v1", "Deployment", "unknown-kind", "there is one in apps"),
        ("apps/v1", "Deploymant", "unknown-kind", "did you mean `Deployment`?"),
        ("resource.k8s.io/v1alpha3", "DeviceTaintRule", "unknown-kind", "neither built into Kubernetes 1.35"),
        ("v1", "List", "unknown-kind", "v1 List"),
        ("networking.k8s.io/v1", "HTTPRoute", "unknown-kind", "there is one in gateway.networking.k8s.io"),
    ],
)
def test_a_kind_is_served_or_refused(api_version: str, kind: str, rule: str | None, says: str) -> None:
    """Versions that are gone, alpha versions and kinds that never were are refused, with what is served instead."""
    findings = findings_of(f"{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: web, namespace: shop}}}}")

    assert [one.rule for one in findings] == ([f"schema/{rule}"] if rule else [])
    assert all(says in one.problem for one in findings)


def test_a_field_is_judged_by_the_clusters_own_version() -> None:
    """A field that Kubernetes got later is unknown to an older cluster, and fine in a newer one."""
    text = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{port: 80}], trafficDistribution: PreferClose}
"""
    tree = Tree(Path("generated"), [*tree_of(text, "old"), *tree_of(text, "new")])

    findings = schema.check(tree, {"old": "1.28", "new": "1.35"})

    assert [(one.subject.cluster, one.rule) for one in findings if one.subject] == [("old", "schema/unknown-field")]


@pytest.mark.parametrize("versions", [{}, {"test": "1.19"}, {"test": "latest"}])
def test_an_unknown_version_is_undecided_once(versions: dict[str, str]) -> None:
    """Without a known version built-in objects are not judged, which is said once; custom resources are judged still."""
    tree = tree_of("""
{apiVersion: v1, kind: ConfigMap, metadata: {name: web, namespace: shop}}
---
{apiVersion: v1, kind: Secret, metadata: {name: web, namespace: shop}}
---
{apiVersion: cert-manager.io/v1, kind: Issuer, metadata: {name: web, namespace: shop}}
""")

    findings = schema.check(tree, versions)

    assert [(one.rule, one.severity) for one in findings] == [
        ("schema/kubernetes-version", Severity.UNDECIDED),
        ("schema/required", Severity.ERROR),
    ]


def test_coverage_counts_the_rules_of_the_kinds_in_use() -> None:
    """Only what the tree holds is counted; a tree of built-in kinds has no CEL rule at all."""
    builtin = tree_of("{apiVersion: v1, kind: ConfigMap, metadata: {name: web, namespace: shop}}")
    custom = tree_of("{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: web}}")

    assert schema.coverage(builtin).compiled == 0
    assert schema.coverage(custom).compiled > 10
    assert schema.coverage(custom).broken == ()


CLUSTER = """
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: demo, region: us-east-1, version: "1.35"}
autoModeConfig: {enabled: true, nodePools: [system]}
"""


def test_eksctls_cluster_config_is_judged_by_eksctls_schema() -> None:
    """In bootstrap/ it is eksctl's own file; a misspelt field and another version are findings."""
    misspelt = CLUSTER.replace("enabled:", "enable:")
    older = CLUSTER.replace("v1alpha5", "v1alpha4")

    assert findings_of(CLUSTER, component="bootstrap") == []
    assert said(findings_of(misspelt, component="bootstrap")) == [
        ("schema/unknown-field", "autoModeConfig has no field `enable`; did you mean `enabled`?")
    ]
    assert [one.rule for one in findings_of(older, component="bootstrap")] == ["schema/unserved-version"]


def test_eksctls_cluster_config_is_unknown_to_an_api_server() -> None:
    """Where Argo CD would sync it, it is an object that no API server serves."""
    assert [one.rule for one in findings_of(CLUSTER, component="cluster")] == ["schema/unknown-kind"]


def test_playbook_1_kagent_agent_with_invented_fields_is_refused() -> None:
    """spec.model, systemPrompt, scaling and resources are no fields of a kagent Agent, of any version."""
    new = findings_of("""
apiVersion: kagent.dev/v1alpha2
kind: Agent
metadata: {name: rag, namespace: ai-agents}
spec: {type: Declarative, model: qwen, systemPrompt: Search., scaling: {min: 1}, resources: {}}
""")
    old = findings_of("""
apiVersion: kagent.dev/v1alpha1
kind: Agent
metadata: {name: rag, namespace: ai-agents}
spec: {model: qwen, systemPrompt: Search.}
""")

    invented = [f"spec has no field `{field}`" for field in ("model", "resources", "scaling", "systemPrompt")]
    assert sorted(said(new)) == [("schema/unknown-field", problem) for problem in invented]
    assert ("schema/unknown-field", "spec has no field `model`; did you mean `modelConfig`?") in said(old)


def test_playbook_1_kagent_tool_and_workflow_do_not_exist() -> None:
    """A kind that no CRD defines is refused, not skipped."""
    findings = findings_of("""
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

    assert [one.rule for one in findings] == ["schema/unknown-kind"] * 2
    assert "kagent.dev/v1alpha1 Tool is neither built into Kubernetes 1.35 nor a known CRD" in findings[0].problem


def test_playbook_2_ec2nodeclass_without_ami_or_role_is_refused() -> None:
    """The field amiSelectorTerms is required, and a CEL rule asks for exactly one of role and instanceProfile."""
    findings = findings_of("""
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

    assert said(findings) == [
        ("schema/required", "spec lacks the required field `amiSelectorTerms`"),
        ("schema/cel", "spec: must specify exactly one of ['role', 'instanceProfile']"),
    ]


def test_playbook_2_alias_without_version_is_refused() -> None:
    """`al2023` names no version; `al2023@v...` does."""
    findings = findings_of("""
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: {name: gpu}
spec:
  role: node
  amiSelectorTerms: [{alias: al2023}]
  subnetSelectorTerms: [{tags: {cluster: a}}]
  securityGroupSelectorTerms: [{tags: {cluster: a}}]
""")

    assert [one.pointer for one in findings] == [("spec", "amiSelectorTerms", 0, "alias")]
    assert "must match the format 'family@version'" in findings[0].problem


def test_playbook_3_nodepool_of_an_older_api_is_refused() -> None:
    """The block kubelet moved to the node class; group and kind of it and consolidateAfter are required."""
    findings = findings_of("""
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

    problems = {one.problem for one in findings}

    assert problems == {
        "spec.template.spec has no field `kubelet`",
        "spec.template.spec lacks the required field `requirements`",
        "spec.template.spec.nodeClassRef lacks the required field `group`",
        "spec.template.spec.nodeClassRef lacks the required field `kind`",
        "spec.disruption lacks the required field `consolidateAfter`",
    }


def test_playbook_12_retry_of_the_experimental_channel_is_refused() -> None:
    """HTTPRoute has `retry` only in Gateway API's experimental channel, which no cluster of ours installs."""
    findings = findings_of("""
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: models, namespace: ai-gateway}
spec:
  rules: [{retry: {attempts: 2}, backendRefs: [{name: litellm, port: 4000}]}]
""")

    assert said(findings) == [("schema/unknown-field", "spec.rules[0] has no field `retry`")]


def test_playbook_19_ext_proc_as_a_list_is_refused() -> None:
    """TrafficPolicy.extProc is one mapping."""
    findings = findings_of("""
apiVersion: gateway.kgateway.dev/v1alpha1
kind: TrafficPolicy
metadata: {name: edge, namespace: ai-gateway}
spec: {extProc: [{extensionRef: {name: guard}}]}
""")

    assert [(one.rule, one.pointer) for one in findings] == [("schema/type", ("spec", "extProc"))]


def test_playbook_19_invented_gateway_kinds_are_refused() -> None:
    """GatewayClassConfig and EnvoyRetry exist in no API of kgateway."""
    findings = findings_of("""
apiVersion: gateway.kgateway.dev/v1alpha1
kind: GatewayClassConfig
metadata: {name: edge, namespace: ai-gateway}
---
apiVersion: gateway.kgateway.dev/v1alpha1
kind: EnvoyRetry
metadata: {name: edge, namespace: ai-gateway}
""")

    assert [one.rule for one in findings] == ["schema/unknown-kind"] * 2


def test_playbook_20_inference_pool_v1alpha2_is_refused() -> None:
    """InferencePool left its alpha group; InferenceModel and LLMRoute are gone."""
    sound = findings_of("""
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: qwen, namespace: ai-inference}
spec:
  selector: {matchLabels: {app: qwen}}
  targetPorts: [{number: 8000}]
  endpointPickerRef: {name: picker, port: {number: 9002}}
""")
    unserved = findings_of("""
apiVersion: inference.networking.k8s.io/v1alpha2
kind: InferencePool
metadata: {name: qwen, namespace: ai-inference}
spec: {}
""")
    unknown = findings_of("""
apiVersion: inference.networking.x-k8s.io/v1alpha2
kind: InferenceModel
metadata: {name: qwen, namespace: ai-inference}
spec: {}
""")

    assert sound == []
    assert [one.rule for one in unserved] == ["schema/unserved-version"]
    assert "its API has inference.networking.k8s.io/v1" in unserved[0].problem
    assert [one.rule for one in unknown] == ["schema/unknown-kind"]
