"""The ends of a flow are values: two components that mean the same pods name the same peer."""

from __future__ import annotations

from groundwork.kube.flow import Flow, Peer


def test_pods_are_the_same_whatever_the_order_of_their_labels() -> None:
    """Flows of two components meet at one peer."""
    assert Peer.pods("a", {"x": "1", "y": "2"}) == Peer.pods("a", {"y": "2", "x": "1"})
    assert Peer.pods("a", {"x": "1"}) != Peer.pods("b", {"x": "1"})


def test_only_pods_are_inside_the_cluster() -> None:
    """Addresses and host names have no policy of their own."""
    ends = [Peer.workload("web", "edge"), Peer.addresses("10.0.0.0/8"), Peer.internet("example.com")]

    assert [True, False, False] == [end.is_pods for end in ends]


def test_flows_can_be_sorted_whatever_their_ends_are() -> None:
    """Policies list them in one order."""
    web = Peer.workload("web", "edge")
    flows = [
        Flow(web, Peer.internet("example.com"), 443),
        Flow(web, Peer.addresses("10.0.0.0/8", "10.1.0.0/16"), 443),
        Flow(web, web, 80),
    ]

    another_order = [flows[2], flows[0], flows[1]]
    assert sorted(flows) == sorted(another_order)
