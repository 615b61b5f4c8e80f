"""What ACK's controllers may do: enough for what the tree holds, nothing that deletes, nothing of another cluster's."""

from __future__ import annotations

import re

import pytest

from argocd.ack import RIGHTS
from argocd.identities import associations
from groundwork.fleet.site import Fleet
from groundwork.kube.ack import aws_kinds
from groundwork.kube.rendering import ChartRelease, Rendering
from groundwork.kube.stage import Stage
from tests.argocd.delivered import Delivered


def test_every_service_of_the_tree_has_a_controller_with_rights(delivered: Delivered) -> None:
    """An object without a controller waits for ever; a controller without rights says AccessDenied."""
    services = {one.service for one in aws_kinds(body for _, body in delivered.objects)}
    given = {one["serviceAccountName"] for one in delivered.one("ClusterConfig")["iam"]["podIdentityAssociations"]}

    assert services
    assert {f"ack-{service}-controller" for service in services} == {name for name in given if name.startswith("ack-")}


def test_a_controller_whose_rights_are_missing_is_named(fleet: Fleet) -> None:
    """It would come up and be refused everything."""
    made = Rendering(component="ack", project="foundation", stage=Stage.OPERATORS, namespace="ack-system")
    made.charts.append(ChartRelease(chart="sns-chart", repository="", version="", release="", values={}))

    with pytest.raises(LookupError, match="'sns'"):
        associations(fleet.site("prod-us-east-1"), [made])


@pytest.mark.parametrize("service", sorted(RIGHTS))
def test_no_controller_deletes_what_holds_data(fleet: Fleet, service: str) -> None:
    """Not even by mistake: whoever wants a bucket, a key or a repository gone does that by hand."""
    actions = {action for one in RIGHTS[service](fleet.site("prod-us-east-1")) for action in one["Action"]}
    holding = (
        r"Delete(Bucket|Key|LogGroup|LogStream|Object|Repository|Secret|Workspace)$|ScheduleKeyDeletion|DisableKey"
    )

    assert not [action for action in actions if re.search(rf":({holding})", action)]
    assert not [action for action in actions if action.endswith(":*") or action == "*"]


def test_keys_are_bound_by_the_clusters_tag(fleet: Fleet) -> None:
    """Their identifiers are AWS's choice; a name could not bound them."""
    statements = RIGHTS["kms"](fleet.site("prod-us-east-1"))
    on_keys = [one for one in statements if one["Resource"] == "*" or str(one["Resource"]).endswith("key/*")]
    changing = [one for one in on_keys if one["Action"] != ["kms:ListAliases"]]

    assert len(changing) == 3
    assert all("prod-us-east-1" in str(one["Condition"]) for one in changing)
