"""The platform: access, delivery, AWS, nodes and storage."""

from __future__ import annotations

import json
from collections.abc import Iterator

from groundwork.proofs.fields import entries, mapping, strings, text, texts
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, add, change, delete, drop, operator
from tests.mutants.operators.workloads import appended


@operator("references", "Namespace")
def namespace_deleted(one: Manifest) -> Iterator[Edit]:
    if one.name not in ("ai-pipelines", "tenant-team-b", "prometheus-operator", "node-agents"):
        yield delete()


@operator("policies", "Namespace")
def standard_lowered(one: Manifest) -> Iterator[Edit]:
    if one.name not in ("node-agents", "gpu-operator"):
        yield change(("metadata", "labels", "pod-security.kubernetes.io/enforce"), "privileged")


@operator("policies", "Namespace")
def standard_unsaid(one: Manifest) -> Iterator[Edit]:
    for label in mapping(one.body, "metadata", "labels"):
        if label.startswith("pod-security"):
            yield drop(("metadata", "labels", label))


@operator("policies", "ResourceQuota", "LimitRange")
def quota_deleted(one: Manifest) -> Iterator[Edit]:
    if one.namespace.startswith(("ai-", "tenant-")):
        yield delete()


@operator("references", "ServiceAccount")
def account_deleted(one: Manifest) -> Iterator[Edit]:
    del one
    yield delete()


@operator("references", "RoleBinding", "ClusterRoleBinding")
def binding_of_another_role(one: Manifest) -> Iterator[Edit]:
    yield change(("roleRef", "name"), text(one.body, "roleRef", "name") + "-x")


@operator("references", "RoleBinding", "ClusterRoleBinding")
def binding_of_another_subject(one: Manifest) -> Iterator[Edit]:
    for place, subject in entries(one.body, "subjects"):
        yield change((*place, "name"), text(subject, "name") + "-x")


@operator("policies", "RoleBinding")
def binding_of_a_built_in_role(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("roleRef", "name"), "edit")


@operator("policies", "ClusterRole")
def role_with_a_star(one: Manifest) -> Iterator[Edit]:
    for place, _ in entries(one.body, "rules"):
        yield change((*place, "verbs"), ["*"])


@operator("policies", "ClusterRole")
def role_that_reads_secrets(one: Manifest) -> Iterator[Edit]:
    for resource in ("secrets", "pods/exec"):
        yield appended(one, ("rules",), {"apiGroups": [""], "resources": [resource], "verbs": ["get"]})


@operator("references", "Application")
def application_of_another_folder(one: Manifest) -> Iterator[Edit]:
    for pointer, value in strings(one.body):
        if pointer[-1] == "path" and value.startswith("generated/"):
            yield change(pointer, f"{value}-x")


@operator("references", "Application")
def application_of_another_project(one: Manifest) -> Iterator[Edit]:
    yield change(("spec", "project"), text(one.body, "spec", "project") + "-x")


@operator("policies", "Application")
def application_of_the_default_project(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("spec", "project"), "default")


@operator("references", "Application")
def application_deleted(one: Manifest) -> Iterator[Edit]:
    if one.synced and one.name not in ("gateway-api", "prometheus-crds"):
        yield delete()


@operator("policies", "Application")
def chart_of_any_version(one: Manifest) -> Iterator[Edit]:
    for place, source in entries(one.body, "spec", "sources"):
        if "chart" in source:
            yield change((*place, "targetRevision"), "*")


@operator("policies", "Application")
def second_driver(one: Manifest) -> Iterator[Edit]:
    for place, source in entries(one.body, "spec", "sources"):
        if text(source, "chart") == "gpu-operator":
            yield change((*place, "helm", "valuesObject", "driver", "enabled"), new=True)
            yield change((*place, "helm", "valuesObject", "devicePlugin", "enabled"), new=False)


@operator("references", "AppProject")
def project_without_a_namespace(one: Manifest) -> Iterator[Edit]:
    for place, destination in entries(one.body, "spec", "destinations"):
        if text(destination, "namespace") in (
            "ai-gateway",
            "ai-data",
            "ai-agents",
            "observability",
            "keda",
            "karpenter",
        ):
            yield drop(place)


@operator("references", "AppProject")
def project_without_a_repository(one: Manifest) -> Iterator[Edit]:
    for place, repository in texts(one.body, "spec", "sourceRepos"):
        if repository.endswith("groundwork.git"):
            yield drop(place)


@operator("policies", "AppProject")
def project_for_everything(one: Manifest) -> Iterator[Edit]:
    yield appended(one, ("spec", "sourceRepos"), "*")


@operator("policies", "Namespace", "Cluster", "Bucket", "Workspace")
def pruned_without_asking(one: Manifest) -> Iterator[Edit]:
    if "argocd.argoproj.io/sync-options" in one.annotations:
        yield drop(("metadata", "annotations", "argocd.argoproj.io/sync-options"))


@operator("references", "PodIdentityAssociation")
def association_of_another_account(one: Manifest) -> Iterator[Edit]:
    yield change(("spec", "serviceAccount"), text(one.body, "spec", "serviceAccount") + "-x")


@operator("references", "PodIdentityAssociation")
def association_of_another_role(one: Manifest) -> Iterator[Edit]:
    yield change(("spec", "roleRef", "from", "name"), text(one.body, "spec", "roleRef", "from", "name") + "-x")


@operator("references", "PodIdentityAssociation")
def association_in_another_cluster(one: Manifest) -> Iterator[Edit]:
    yield change(("spec", "clusterName"), text(one.body, "spec", "clusterName") + "-x")


@operator("references", "PodIdentityAssociation", "Bucket")
def aws_resource_deleted(one: Manifest) -> Iterator[Edit]:
    del one
    yield delete()


@operator("references", "Role")
def role_in_another_account(one: Manifest) -> Iterator[Edit]:
    boundary = text(one.body, "spec", "permissionsBoundary")
    if boundary:
        yield change(("spec", "permissionsBoundary"), boundary.replace("111122223333", "444455556666"))


def _statement(one: Manifest, field: str, value: str) -> Iterator[Edit]:
    for name, document in mapping(one.body, "spec", "inlinePolicies").items():
        policy = json.loads(document)
        policy["Statement"][0][field] = value
        policy["Statement"][0].pop("Condition", None)
        yield change(("spec", "inlinePolicies", name), json.dumps(policy))


@operator("policies", "Role")
def role_for_every_action(one: Manifest) -> Iterator[Edit]:
    yield from _statement(one, "Action", "*")


@operator("policies", "Role")
def role_for_every_resource(one: Manifest) -> Iterator[Edit]:
    yield from _statement(one, "Resource", "*")


@operator("policies", "Role")
def role_with_full_access(one: Manifest) -> Iterator[Edit]:
    if one.group == "iam.services.k8s.aws":
        yield add(("spec", "policies"), ["arn:aws:iam::aws:policy/AmazonS3FullAccess"])


@operator("policies", "Role")
def role_for_the_whole_account(one: Manifest) -> Iterator[Edit]:
    document = text(one.body, "spec", "assumeRolePolicyDocument")
    if document:
        everybody = json.loads(document)
        everybody["Statement"][0]["Principal"] = {"AWS": "arn:aws:iam::111122223333:root"}
        yield change(("spec", "assumeRolePolicyDocument"), json.dumps(everybody))


@operator("policies", "Bucket")
def bucket_in_the_open(one: Manifest) -> Iterator[Edit]:
    for field in mapping(one.body, "spec", "publicAccessBlock"):
        yield change(("spec", "publicAccessBlock", field), new=False)


@operator("policies", "Bucket", "StorageClass")
def stored_in_clear(one: Manifest) -> Iterator[Edit]:
    if one.kind == "Bucket":
        yield drop(("spec", "encryption"))
    else:
        yield change(("parameters", "encrypted"), "false")


@operator("policies", "StorageClass")
def disk_before_its_pod(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("volumeBindingMode",), "Immediate")


@operator(
    "references", "StorageClass", "PriorityClass", "NodeClass", "EC2NodeClass", "ClusterIssuer", "ClusterSecretStore"
)
def class_deleted(one: Manifest) -> Iterator[Edit]:
    if one.name != "batch":
        yield delete()


@operator("references", "Cluster", "StatefulSet", "Prometheus")
def disk_of_another_class(one: Manifest) -> Iterator[Edit]:
    for pointer, value in strings(one.body):
        if pointer[-1] in ("storageClass", "storageClassName"):
            yield change(pointer, f"{value}-x")


@operator("references", "NodePool")
def pool_of_another_class(one: Manifest) -> Iterator[Edit]:
    pointer = ("spec", "template", "spec", "nodeClassRef", "name")
    yield change(pointer, text(one.body, *pointer) + "-x")


@operator("references", "EC2NodeClass", "NodeClass")
def nodes_in_another_network(one: Manifest) -> Iterator[Edit]:
    for place, term in entries(one.body, "spec", "subnetSelectorTerms"):
        for tag, value in mapping(term, "tags").items():
            if value == one.cluster:
                yield change((*place, "tags", tag), f"{value}-x")


@operator("policies", "NodePool")
def pool_without_end(one: Manifest) -> Iterator[Edit]:
    yield drop(("spec", "limits"))
    for name in mapping(one.body, "spec", "limits"):
        if "/" in name:
            yield drop(("spec", "limits", name))


def _accelerated(one: Manifest) -> bool:
    return any("nvidia" in text(taint, "key") or "neuron" in text(taint, "key") for _, taint in _taints(one))


def _taints(one: Manifest) -> list[tuple[tuple[str | int, ...], dict[str, object]]]:
    return entries(one.body, "spec", "template", "spec", "taints")


@operator("policies", "NodePool")
def models_evicted(one: Manifest) -> Iterator[Edit]:
    if _accelerated(one):
        yield change(("spec", "disruption", "consolidationPolicy"), "WhenEmptyOrUnderutilized")
        yield change(("spec", "disruption", "consolidateAfter"), "30s")
        yield change(("spec", "template", "spec", "expireAfter"), "8h")


@operator("policies", "NodePool")
def accelerators_mixed(one: Manifest) -> Iterator[Edit]:
    for place, requirement in entries(one.body, "spec", "template", "spec", "requirements"):
        if text(requirement, "key").endswith("instance-gpu-name"):
            values = [value for _, value in texts(requirement, "values")]
            yield appended(one, (*place, "values"), "l4" if "h100" in values else "h100")


@operator("policies", "EC2NodeClass")
def metadata_for_everybody(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("spec", "metadataOptions", "httpTokens"), "optional")
    yield change(("spec", "metadataOptions", "httpPutResponseHopLimit"), 2)


@operator("policies", "EC2NodeClass")
def machine_image_of_any_day(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("spec", "amiSelectorTerms"), [{"alias": "al2023@latest"}])


@operator("policies", "EC2NodeClass")
def node_disk_in_clear(one: Manifest) -> Iterator[Edit]:
    for place, _ in entries(one.body, "spec", "blockDeviceMappings"):
        yield change((*place, "ebs", "encrypted"), new=False)


@operator("policies", "ClusterConfig")
def control_plane_in_the_open(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("vpc", "clusterEndpoints", "publicAccess"), new=True)
    yield change(("metadata", "version"), "1.32")
    yield drop(("secretsEncryption",))


@operator("policies", "Service", "ConfigMap", "ServiceAccount")
def object_in_default(one: Manifest) -> Iterator[Edit]:
    del one
    yield change(("metadata", "namespace"), "default")


@operator("policies", "Namespace")
def annotation_without_effect(one: Manifest) -> Iterator[Edit]:
    annotations = {**one.annotations, "scheduler.alpha.kubernetes.io/defaultTolerations": "[]"}
    yield change(("metadata", "annotations"), annotations)


@operator("policies", "Namespace")
def sidecars_injected(one: Manifest) -> Iterator[Edit]:
    if one.labels.get("pod-security.kubernetes.io/enforce") == "restricted":
        yield change(("metadata", "labels"), {**one.labels, "istio-injection": "enabled"})


@operator("references", "PodIdentityAssociation")
def second_association(one: Manifest) -> Iterator[Edit]:
    if one.name == "langfuse-worker":
        yield change(("spec", "serviceAccount"), "langfuse-web")


@operator("references", "Application")
def chart_that_nobody_read(one: Manifest) -> Iterator[Edit]:
    for place, source in entries(one.body, "spec", "sources"):
        if "chart" in source:
            yield change((*place, "chart"), text(source, "chart") + "-x")


@operator("later", "Application")
def wave_turned_round(one: Manifest) -> Iterator[Edit]:
    if "argocd.argoproj.io/sync-wave" in one.annotations:
        yield change(("metadata", "annotations", "argocd.argoproj.io/sync-wave"), "-5")
