"""AWS Load Balancer Controller: only where AWS does not run it."""

from __future__ import annotations

from typing import Any

from groundwork.components.gateway.aws_load_balancer_controller import AwsLoadBalancerController


def test_it_is_carried_on_nodes_of_our_own_only(site: Any) -> None:
    """Auto Mode has one built in."""
    assert AwsLoadBalancerController.carried(site("prod-us-east-2"))
    assert not AwsLoadBalancerController.carried(site("prod-us-east-1"))


def test_it_finds_its_vpc_without_the_nodes_credentials(render: Any, site: Any) -> None:
    """Pods are a hop too far from IMDS, so the VPC is found by its tag."""
    (chart,) = render(AwsLoadBalancerController, site("prod-us-east-2")).charts

    assert chart.values["vpcTags"] == {"alpha.eksctl.io/cluster-name": "prod-us-east-2"}
    assert chart.values["enableServiceMutatorWebhook"] is False


def test_its_webhook_has_a_certificate_that_stays(render: Any, site: Any) -> None:
    """The chart makes a new one whenever it is rendered, which Argo CD does all the time."""
    (chart,) = render(AwsLoadBalancerController, site("prod-us-east-2")).charts

    assert chart.values["enableCertManager"] is True
