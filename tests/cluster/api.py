"""The API server's answers: does it take an object, and what does it make of it."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from groundwork.catalog import apis
from groundwork.tree.manifest import Manifest

__all__ = ["Answer", "Api"]

_PATCH = {"Content-Type": "application/apply-patch+yaml"}
# Of no meaning to a reader: who wrote what and when, and the number of the write.
_BOOKKEEPING = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp")
_EKSCTL = "eksctl.io"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the server said: whether it takes the object, why not, and the object as it stores it."""

    taken: bool
    says: str
    body: Mapping[str, Any]


@dataclass
class Api:
    """An API server with the custom resources that our clusters have."""

    client: httpx.Client
    refused_crds: dict[str, str] = field(default_factory=dict)
    _served: dict[str, dict[str, tuple[str, bool]]] = field(default_factory=dict)

    def install(self, groups: Collection[str] = ()) -> int:
        """Create the CustomResourceDefinitions of the catalogue, all or of some groups, and wait until they are served."""
        names = []
        for group, kind in sorted(apis.kinds()):
            if group == _EKSCTL or (groups and group not in groups):
                continue
            body = _bounded(apis.crd(group, kind))
            name = body["metadata"]["name"]
            answer = self._patch(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}", body)
            if answer.taken:
                names.append(name)
            else:
                self.refused_crds[name] = answer.says
        self._until_served(names)
        return len(names)

    def _until_served(self, names: Iterable[str]) -> None:
        waiting = set(names)
        for _ in range(300):
            listed = self.client.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions").json()["items"]
            ready = {
                one["metadata"]["name"]
                for one in listed
                for condition in one.get("status", {}).get("conditions") or ()
                if (condition["type"], condition["status"]) == ("Established", "True")
            }
            if waiting <= ready:
                return
            time.sleep(0.2)
        raise TimeoutError(f"not served: {', '.join(sorted(waiting))}")

    def namespaces(self, names: Iterable[str]) -> None:
        """Make namespaces that others bring: charts' Applications, and Kubernetes itself."""
        for name in names:
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self._patch(f"/api/v1/namespaces/{name}", body)

    def apply(self, body: Mapping[str, Any], *, keep: bool = True) -> Answer:
        """Server-side apply, strict about fields; nothing is stored unless it is to `keep`."""
        version, kind = str(body.get("apiVersion")), str(body.get("kind"))
        if kind not in self._resources(version):
            return Answer(taken=False, says=f"no kind {kind} is served in {version}", body={})
        metadata = body["metadata"]
        path = self._path(version, kind, metadata.get("namespace", "default"))
        return self._patch(f"{path}/{metadata['name']}", body, keep=keep)

    def every(self, version: str, kind: str) -> list[dict[str, Any]]:
        """Every object of a kind, of all namespaces."""
        items: list[dict[str, Any]] = self.client.get(self._path(version, kind)).json()["items"]
        return items

    def empty(self, version: str, kind: str) -> None:
        """Delete every object of a kind. What owns others goes with them, once the controllers are there."""
        for one in self.every(version, kind):
            if "deletionTimestamp" not in one["metadata"]:
                self.delete({"apiVersion": version, "kind": kind, **one})

    def delete(self, body: Mapping[str, Any]) -> None:
        """Delete an object, and all that it owns."""
        where = {"propagationPolicy": "Background", "gracePeriodSeconds": 0}
        self.client.request("DELETE", self._path_of(body), json=where)

    def report(self, body: Mapping[str, Any], status: Mapping[str, Any]) -> None:
        """Set an object's status, as its controller would."""
        merge = {"Content-Type": "application/merge-patch+json"}
        self.client.patch(f"{self._path_of(body)}/status", headers=merge, json={"status": status}).raise_for_status()

    def _path_of(self, body: Mapping[str, Any]) -> str:
        metadata = body["metadata"]
        return self._path(body["apiVersion"], body["kind"], metadata.get("namespace")) + f"/{metadata['name']}"

    def _path(self, version: str, kind: str, namespace: str | None = None) -> str:
        """Where a kind is served; in every namespace unless one is given."""
        plural, namespaced = self._resources(version)[kind]
        base = f"/apis/{version}" if "/" in version else f"/api/{version}"
        inside = f"/namespaces/{namespace}" if namespaced and namespace else ""
        return f"{base}{inside}/{plural}"

    def _resources(self, version: str) -> dict[str, tuple[str, bool]]:
        if version not in self._served:
            base = f"/apis/{version}" if "/" in version else f"/api/{version}"
            listed = self.client.get(base)
            resources = listed.json().get("resources", ()) if listed.is_success else ()
            self._served[version] = {
                one["kind"]: (one["name"], one["namespaced"]) for one in resources if "/" not in one["name"]
            }
        return self._served[version]

    def _patch(self, path: str, body: Mapping[str, Any], *, keep: bool = True) -> Answer:
        asked = {"fieldManager": "groundwork", "force": "true", "fieldValidation": "Strict"}
        asked |= {} if keep else {"dryRun": "All"}
        done = self.client.patch(path, params=asked, headers=_PATCH, content=json.dumps(body))
        answered: dict[str, Any] = done.json()
        return Answer(taken=done.is_success, says=str(answered.get("message", "")), body=answered)


def _bounded(crd: dict[str, Any]) -> dict[str, Any]:
    """AWS publishes a rule over a list of any length, which Kubernetes holds for too costly; EC2NodeClass ends that list at 30."""
    if crd["metadata"]["name"] == "nodeclasses.eks.amazonaws.com":
        for version in crd["spec"]["versions"]:
            fields = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
            fields["capacityReservationSelectorTerms"]["maxItems"] = 30
    return crd


def plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """An object without the server's bookkeeping."""
    metadata = {key: value for key, value in body["metadata"].items() if key not in _BOOKKEEPING}
    return {**body, "metadata": metadata}


def in_order(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Namespaces first, and quotas last, as a sync has them."""
    first = {"Namespace": 0, "PriorityClass": 1, "ServiceAccount": 2, "ResourceQuota": 9}
    return sorted(manifests, key=lambda one: first.get(one.kind, 5))
