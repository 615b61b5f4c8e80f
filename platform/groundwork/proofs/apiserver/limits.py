"""Limits: what the API server checks of built-in kinds and their published schemas do not say.

Kubernetes publishes structure only; which words a field takes, how far a number reaches and which fields exclude each
other stands in its validation code (`pkg/apis/*/validation`). The part that can be said field by field stands in the
tables below and is merged into the definitions. What needs two places of an object at once is said in `pods.py` and
`kinds.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

__all__ = ["LIMITS"]

_T = TypeVar("_T")

# By definition, without the common prefix; words and field names are separated by spaces.
_WORDS: dict[str, dict[str, str]] = {
    "admissionregistration.v1.MutatingWebhook": {
        "failurePolicy": "Fail Ignore",
        "matchPolicy": "Equivalent Exact",
        "reinvocationPolicy": "IfNeeded Never",
        "sideEffects": "None NoneOnDryRun",
    },
    "admissionregistration.v1.ValidatingAdmissionPolicySpec": {"failurePolicy": "Fail Ignore"},
    "admissionregistration.v1.ValidatingWebhook": {
        "failurePolicy": "Fail Ignore",
        "matchPolicy": "Equivalent Exact",
        "sideEffects": "None NoneOnDryRun",
    },
    "apps.v1.DaemonSetUpdateStrategy": {"type": "OnDelete RollingUpdate"},
    "apps.v1.DeploymentStrategy": {"type": "Recreate RollingUpdate"},
    "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": {
        "whenDeleted": "Delete Retain",
        "whenScaled": "Delete Retain",
    },
    "apps.v1.StatefulSetSpec": {"podManagementPolicy": "OrderedReady Parallel"},
    "apps.v1.StatefulSetUpdateStrategy": {"type": "OnDelete RollingUpdate"},
    "autoscaling.v2.HPAScalingPolicy": {"type": "Percent Pods"},
    "autoscaling.v2.HPAScalingRules": {"selectPolicy": "Disabled Max Min"},
    "autoscaling.v2.MetricSpec": {"type": "ContainerResource External Object Pods Resource"},
    "autoscaling.v2.MetricTarget": {"type": "AverageValue Utilization Value"},
    "batch.v1.CronJobSpec": {"concurrencyPolicy": "Allow Forbid Replace"},
    "batch.v1.JobSpec": {"completionMode": "Indexed NonIndexed", "podReplacementPolicy": "Failed TerminatingOrFailed"},
    "batch.v1.PodFailurePolicyOnExitCodesRequirement": {"operator": "In NotIn"},
    "batch.v1.PodFailurePolicyRule": {"action": "Count FailIndex FailJob Ignore"},
    "core.v1.AppArmorProfile": {"type": "Localhost RuntimeDefault Unconfined"},
    "core.v1.Container": {
        "imagePullPolicy": "Always IfNotPresent Never",
        "terminationMessagePolicy": "FallbackToLogsOnError File",
    },
    "core.v1.ContainerPort": {"protocol": "SCTP TCP UDP"},
    "core.v1.ContainerResizePolicy": {"restartPolicy": "NotRequired RestartContainer"},
    "core.v1.HTTPGetAction": {"scheme": "HTTP HTTPS"},
    "core.v1.ImageVolumeSource": {"pullPolicy": "Always IfNotPresent Never"},
    "core.v1.LimitRangeItem": {"type": "Container PersistentVolumeClaim Pod"},
    "core.v1.NodeSelectorRequirement": {"operator": "DoesNotExist Exists Gt In Lt NotIn"},
    "core.v1.PersistentVolumeClaimSpec": {"volumeMode": "Block Filesystem"},
    "core.v1.PersistentVolumeSpec": {
        "persistentVolumeReclaimPolicy": "Delete Recycle Retain",
        "volumeMode": "Block Filesystem",
    },
    "core.v1.PodSecurityContext": {
        "fsGroupChangePolicy": "Always OnRootMismatch",
        "supplementalGroupsPolicy": "Merge Strict",
    },
    "core.v1.PodSpec": {
        "dnsPolicy": "ClusterFirst ClusterFirstWithHostNet Default None",
        "preemptionPolicy": "Never PreemptLowerPriority",
        "restartPolicy": "Always Never OnFailure",
    },
    "core.v1.SeccompProfile": {"type": "Localhost RuntimeDefault Unconfined"},
    "core.v1.SecurityContext": {"procMount": "Default Unmasked"},
    "core.v1.ServicePort": {"protocol": "SCTP TCP UDP"},
    "core.v1.ServiceSpec": {
        "externalTrafficPolicy": "Cluster Local",
        "internalTrafficPolicy": "Cluster Local",
        "ipFamilyPolicy": "PreferDualStack RequireDualStack SingleStack",
        "sessionAffinity": "ClientIP None",
        "trafficDistribution": "PreferClose PreferSameNode PreferSameZone",
        "type": "ClusterIP ExternalName LoadBalancer NodePort",
    },
    "core.v1.Taint": {"effect": "NoExecute NoSchedule PreferNoSchedule"},
    "core.v1.Toleration": {"effect": "NoExecute NoSchedule PreferNoSchedule", "operator": "Equal Exists"},
    "core.v1.TopologySpreadConstraint": {
        "nodeAffinityPolicy": "Honor Ignore",
        "nodeTaintsPolicy": "Honor Ignore",
        "whenUnsatisfiable": "DoNotSchedule ScheduleAnyway",
    },
    "core.v1.VolumeMount": {
        "mountPropagation": "Bidirectional HostToContainer None",
        "recursiveReadOnly": "Disabled Enabled IfPossible",
    },
    "networking.v1.HTTPIngressPath": {"pathType": "Exact ImplementationSpecific Prefix"},
    "networking.v1.NetworkPolicyPort": {"protocol": "SCTP TCP UDP"},
    "policy.v1.PodDisruptionBudgetSpec": {"unhealthyPodEvictionPolicy": "AlwaysAllow IfHealthyBudget"},
    "rbac.v1.RoleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole Role"},
    "rbac.v1.Subject": {"kind": "Group ServiceAccount User"},
    "scheduling.v1.PriorityClass": {"preemptionPolicy": "Never PreemptLowerPriority"},
    "storage.v1.StorageClass": {
        "reclaimPolicy": "Delete Retain",
        "volumeBindingMode": "Immediate WaitForFirstConsumer",
    },
}

_LISTED_WORDS: dict[str, dict[str, str]] = {
    "admissionregistration.v1.RuleWithOperations": {"operations": "* CONNECT CREATE DELETE UPDATE"},
    "core.v1.PersistentVolumeClaimSpec": {"accessModes": "ReadOnlyMany ReadWriteMany ReadWriteOnce ReadWriteOncePod"},
    "core.v1.PersistentVolumeSpec": {"accessModes": "ReadOnlyMany ReadWriteMany ReadWriteOnce ReadWriteOncePod"},
    "core.v1.ServiceSpec": {"ipFamilies": "IPv4 IPv6"},
    "networking.v1.NetworkPolicySpec": {"policyTypes": "Egress Ingress"},
}

_FORMS: dict[str, dict[str, str]] = {
    "apps.v1.RollingUpdateDaemonSet": {"maxSurge": "percent", "maxUnavailable": "percent"},
    "apps.v1.RollingUpdateDeployment": {"maxSurge": "percent", "maxUnavailable": "percent"},
    "apps.v1.RollingUpdateStatefulSetStrategy": {"maxUnavailable": "percent"},
    "batch.v1.CronJobSpec": {"schedule": "cron", "timeZone": "time-zone"},
    "core.v1.ConfigMapEnvSource": {"name": "dns-subdomain"},
    "core.v1.ConfigMapKeySelector": {"key": "config-key", "name": "dns-subdomain"},
    "core.v1.Container": {"name": "dns-label"},
    "core.v1.ContainerPort": {"hostIP": "ip", "name": "port-name"},
    "core.v1.EnvVar": {"name": "env-name"},
    "core.v1.HTTPGetAction": {"port": "port-name"},
    "core.v1.HostAlias": {"ip": "ip"},
    "core.v1.NodeSelectorRequirement": {"key": "label-key"},
    "core.v1.PersistentVolumeClaimSpec": {"storageClassName": "dns-subdomain"},
    "core.v1.PodSpec": {
        "hostname": "dns-label",
        "priorityClassName": "dns-subdomain",
        "serviceAccountName": "dns-subdomain",
        "subdomain": "dns-label",
    },
    "core.v1.KeyToPath": {"key": "config-key"},
    "core.v1.SecretEnvSource": {"name": "dns-subdomain"},
    "core.v1.SecretKeySelector": {"key": "config-key", "name": "dns-subdomain"},
    "core.v1.ServicePort": {"appProtocol": "label-key", "name": "dns-label", "targetPort": "port-name"},
    "core.v1.ServiceSpec": {"externalName": "dns-subdomain"},
    "core.v1.TCPSocketAction": {"port": "port-name"},
    "core.v1.Taint": {"key": "label-key", "value": "label-value"},
    "core.v1.PodAffinityTerm": {"topologyKey": "label-key"},
    "core.v1.Volume": {"name": "dns-label"},
    "networking.v1.IPBlock": {"cidr": "cidr"},
    "networking.v1.IngressClassParametersReference": {"apiGroup": "dns-subdomain"},
    "networking.v1.IngressRule": {"host": "host"},
    "networking.v1.IngressSpec": {"ingressClassName": "dns-subdomain"},
    "networking.v1.NetworkPolicyPort": {"port": "port-name"},
    "networking.v1.ServiceBackendPort": {"name": "port-name"},
    "policy.v1.PodDisruptionBudgetSpec": {"maxUnavailable": "percent", "minAvailable": "percent"},
    "storage.v1.StorageClass": {"provisioner": "label-key"},
}

_LISTED_FORMS: dict[str, dict[str, str]] = {
    "core.v1.ServiceSpec": {"loadBalancerSourceRanges": "cidr"},
    "networking.v1.IPBlock": {"except": "cidr"},
}

_PORT = (1, 65535)
_COUNT = (0, 2**31 - 1)
_SOME = (1, 2**31 - 1)
_RANGES: dict[str, dict[str, tuple[int, int]]] = {
    "admissionregistration.v1.MutatingWebhook": {"timeoutSeconds": (1, 30)},
    "admissionregistration.v1.ServiceReference": {"port": _PORT},
    "admissionregistration.v1.ValidatingWebhook": {"timeoutSeconds": (1, 30)},
    "apps.v1.DaemonSetSpec": {"minReadySeconds": _COUNT, "revisionHistoryLimit": _COUNT},
    "apps.v1.DeploymentSpec": {
        "minReadySeconds": _COUNT,
        "progressDeadlineSeconds": _COUNT,
        "replicas": _COUNT,
        "revisionHistoryLimit": _COUNT,
    },
    "apps.v1.ReplicaSetSpec": {"minReadySeconds": _COUNT, "replicas": _COUNT},
    "apps.v1.RollingUpdateDaemonSet": {"maxSurge": _COUNT, "maxUnavailable": _COUNT},
    "apps.v1.RollingUpdateDeployment": {"maxSurge": _COUNT, "maxUnavailable": _COUNT},
    "apps.v1.RollingUpdateStatefulSetStrategy": {"maxUnavailable": _SOME, "partition": _COUNT},
    "apps.v1.StatefulSetSpec": {"minReadySeconds": _COUNT, "replicas": _COUNT, "revisionHistoryLimit": _COUNT},
    "autoscaling.v2.HPAScalingPolicy": {"periodSeconds": (1, 1800), "value": _SOME},
    "autoscaling.v2.HPAScalingRules": {"stabilizationWindowSeconds": (0, 3600)},
    "autoscaling.v2.HorizontalPodAutoscalerSpec": {"maxReplicas": _SOME, "minReplicas": _SOME},
    "autoscaling.v2.MetricTarget": {"averageUtilization": _SOME},
    "batch.v1.CronJobSpec": {
        "failedJobsHistoryLimit": _COUNT,
        "startingDeadlineSeconds": (0, 2**63 - 1),
        "successfulJobsHistoryLimit": _COUNT,
    },
    "batch.v1.JobSpec": {
        "activeDeadlineSeconds": (0, 2**63 - 1),
        "backoffLimit": _COUNT,
        "completions": _COUNT,
        "parallelism": _COUNT,
        "ttlSecondsAfterFinished": _COUNT,
    },
    "core.v1.ClientIPConfig": {"timeoutSeconds": (1, 86400)},
    "core.v1.ConfigMapVolumeSource": {"defaultMode": (0, 0o777)},
    "core.v1.ContainerPort": {"containerPort": _PORT, "hostPort": (0, 65535)},
    "core.v1.DownwardAPIVolumeFile": {"mode": (0, 0o777)},
    "core.v1.DownwardAPIVolumeSource": {"defaultMode": (0, 0o777)},
    "core.v1.GRPCAction": {"port": _PORT},
    "core.v1.HTTPGetAction": {"port": _PORT},
    "core.v1.KeyToPath": {"mode": (0, 0o777)},
    "core.v1.PodSecurityContext": {
        "fsGroup": (0, 2**31 - 1),
        "runAsGroup": (0, 2**31 - 1),
        "runAsUser": (0, 2**31 - 1),
    },
    "core.v1.PodSpec": {"activeDeadlineSeconds": _SOME, "terminationGracePeriodSeconds": (0, 2**63 - 1)},
    "core.v1.PreferredSchedulingTerm": {"weight": (1, 100)},
    "core.v1.Probe": {
        "failureThreshold": _COUNT,
        "initialDelaySeconds": _COUNT,
        "periodSeconds": _COUNT,
        "successThreshold": _COUNT,
        "terminationGracePeriodSeconds": (1, 2**63 - 1),
        "timeoutSeconds": _COUNT,
    },
    "core.v1.ProjectedVolumeSource": {"defaultMode": (0, 0o777)},
    "core.v1.SecretVolumeSource": {"defaultMode": (0, 0o777)},
    "core.v1.SecurityContext": {"runAsGroup": (0, 2**31 - 1), "runAsUser": (0, 2**31 - 1)},
    "core.v1.ServiceAccountTokenProjection": {"expirationSeconds": (600, 2**32)},
    "core.v1.ServicePort": {"nodePort": (30000, 32767), "port": _PORT, "targetPort": _PORT},
    "core.v1.TCPSocketAction": {"port": _PORT},
    "core.v1.TopologySpreadConstraint": {"maxSkew": _SOME, "minDomains": _SOME},
    "core.v1.WeightedPodAffinityTerm": {"weight": (1, 100)},
    "networking.v1.NetworkPolicyPort": {"endPort": _PORT, "port": _PORT},
    "networking.v1.ServiceBackendPort": {"number": _PORT},
    "policy.v1.PodDisruptionBudgetSpec": {"maxUnavailable": _COUNT, "minAvailable": _COUNT},
    # Above a billion is the system's own: system-cluster-critical and system-node-critical.
    "scheduling.v1.PriorityClass": {"value": (-(2**31), 10**9)},
}

# Fields that must be there, for kinds whose structure alone lets them be left out.
_NEEDED: dict[str, str] = {
    "apps.v1.DaemonSet": "spec",
    "apps.v1.Deployment": "spec",
    "apps.v1.ReplicaSet": "spec",
    "apps.v1.ReplicaSetSpec": "template",
    "apps.v1.StatefulSet": "spec",
    "autoscaling.v2.HorizontalPodAutoscaler": "spec",
    "batch.v1.CronJob": "spec",
    "batch.v1.Job": "spec",
    "batch.v1.JobTemplateSpec": "spec",
    "core.v1.ConfigMapProjection": "name",
    "core.v1.ConfigMapVolumeSource": "name",
    "core.v1.Container": "image",
    "core.v1.ExecAction": "command",
    "core.v1.PersistentVolume": "spec",
    "core.v1.PersistentVolumeClaim": "spec",
    "core.v1.PersistentVolumeClaimSpec": "accessModes resources",
    "core.v1.Pod": "spec",
    "core.v1.PodTemplateSpec": "spec",
    "core.v1.SecretProjection": "name",
    "core.v1.SecretVolumeSource": "secretName",
    "core.v1.Service": "spec",
    "networking.v1.IngressClass": "spec",
    "networking.v1.IngressServiceBackend": "port",
}

# Lists and texts that may not be empty.
_FILLED: dict[str, str] = {
    "admissionregistration.v1.MutatingWebhook": "admissionReviewVersions",
    "admissionregistration.v1.ValidatingWebhook": "admissionReviewVersions",
    "core.v1.ConfigMapVolumeSource": "name",
    "core.v1.Container": "image",
    "core.v1.ExecAction": "command",
    "core.v1.HostPathVolumeSource": "path",
    "core.v1.PersistentVolumeClaimSpec": "accessModes",
    "core.v1.PersistentVolumeClaimVolumeSource": "claimName",
    "core.v1.PodSpec": "containers",
    "core.v1.SecretVolumeSource": "secretName",
    "core.v1.TopologySpreadConstraint": "topologyKey",
    "core.v1.VolumeMount": "mountPath name",
    "networking.v1.HTTPIngressRuleValue": "paths",
    "networking.v1.IngressClassParametersReference": "kind name",
    "rbac.v1.PolicyRule": "verbs",
    "rbac.v1.RoleRef": "name",
    "rbac.v1.Subject": "name",
    "storage.v1.StorageClass": "provisioner",
}

# Definitions of which exactly one of these fields is set.
_EXACTLY_ONE: dict[str, str] = {
    "admissionregistration.v1.WebhookClientConfig": "service url",
    "core.v1.EnvFromSource": "configMapRef secretRef",
    "core.v1.EnvVarSource": "configMapKeyRef fieldRef fileKeyRef resourceFieldRef secretKeyRef",
    "core.v1.LifecycleHandler": "exec httpGet sleep tcpSocket",
    "core.v1.Probe": "exec grpc httpGet tcpSocket",
    "core.v1.VolumeProjection": "clusterTrustBundle configMap downwardAPI podCertificate secret serviceAccountToken",
    "networking.v1.IngressBackend": "resource service",
    "networking.v1.ServiceBackendPort": "name number",
}

# Definitions of which these fields exclude each other.
_NOT_BOTH: dict[str, str] = {
    "core.v1.EnvVar": "value valueFrom",
    "policy.v1.PodDisruptionBudgetSpec": "maxUnavailable minAvailable",
}

# Maps whose keys, and whose values, have a form.
_MAPS: dict[str, dict[str, tuple[str, str | None]]] = {
    "api.core.v1.ConfigMap": {"binaryData": ("config-key", None), "data": ("config-key", None)},
    "api.core.v1.PodSpec": {"nodeSelector": ("label-key", "label-value")},
    "api.core.v1.Secret": {"data": ("config-key", None), "stringData": ("config-key", None)},
    "api.core.v1.ServiceSpec": {"selector": ("label-key", "label-value")},
    "apimachinery.pkg.apis.meta.v1.LabelSelector": {"matchLabels": ("label-key", "label-value")},
}

# What the tables have no column for.
_OTHER: dict[str, dict[str, Any]] = {
    "apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement": {
        "properties": {
            "key": {"format": "label-key"},
            "operator": {"enum": ["DoesNotExist", "Exists", "In", "NotIn"]},
        }
    },
    "api.networking.v1.IngressClassSpec": {
        "required": ["controller"],
        "properties": {"controller": {"minLength": 1, "maxLength": 250}},
    },
}


def _by_field() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every limit of one field: definition, field, schema."""
    for name, words in _each(_WORDS):
        yield name, words[0], {"enum": words[1].split()}
    for name, words in _each(_LISTED_WORDS):
        yield name, words[0], {"items": {"enum": words[1].split()}}
    for name, form in _each(_FORMS):
        yield name, form[0], {"format": form[1]}
    for name, form in _each(_LISTED_FORMS):
        yield name, form[0], {"items": {"format": form[1]}}
    for name, (field, (low, high)) in _each(_RANGES):
        yield name, field, {"minimum": low, "maximum": high}
    for name, fields in _FILLED.items():
        for field in fields.split():
            yield f"api.{name}", field, {"minItems": 1, "minLength": 1}
    for name, maps in _MAPS.items():
        for field, (key, value) in maps.items():
            values = {} if value is None else {"additionalProperties": {"format": value}}
            yield name, field, {"propertyNames": {"format": key}, **values}


def _each(table: Mapping[str, Mapping[str, _T]]) -> Iterator[tuple[str, tuple[str, _T]]]:
    for name, fields in table.items():
        for item in fields.items():
            yield f"api.{name}", item


def _limits() -> dict[str, dict[str, Any]]:
    limits: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, field, schema in _by_field():
        limits[name].setdefault("properties", {}).setdefault(field, {}).update(schema)
    for name, fields in _NEEDED.items():
        limits[f"api.{name}"]["required"] = fields.split()
    for name, fields in _EXACTLY_ONE.items():
        limits[f"api.{name}"]["oneOf"] = [{"required": [field]} for field in fields.split()]
    for name, fields in _NOT_BOTH.items():
        limits[f"api.{name}"]["not"] = {"required": fields.split()}
    return {f"io.k8s.{name}": schema for name, schema in {**limits, **_OTHER}.items()}


# JSON Schemas by the full name of the definition that they are merged into.
LIMITS: dict[str, dict[str, Any]] = _limits()
