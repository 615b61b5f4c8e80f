"""Addresses of the network, as eksctl divides it."""

from __future__ import annotations

import dataclasses
import ipaddress

import pytest

from groundwork.fleet.site import Site
from groundwork.kube.subnets import API_SERVICE, SERVICE_RANGE, name_servers, private_subnets, public_subnets


def networks(ranges: list[str]) -> list[ipaddress.IPv4Network]:
    """The ranges, to be compared."""
    return [ipaddress.IPv4Network(one) for one in ranges]


def test_the_network_is_divided_as_eksctl_divides_it(site: Site) -> None:
    """Eight parts: three public ones first, three private ones next."""
    whole = ipaddress.IPv4Network(site.cluster.network.cidr)

    parts = list(whole.subnets(prefixlen_diff=3))
    assert parts[:3] == networks(public_subnets(site))
    assert parts[3:6] == networks(private_subnets(site))


@pytest.mark.parametrize(
    ("cidr", "first_public", "first_private"),
    [("10.20.0.0/16", "10.20.0.0/19", "10.20.96.0/19"), ("10.4.16.0/20", "10.4.16.0/23", "10.4.22.0/23")],
)
def test_every_size_of_network_is_divided(auto: Site, cidr: str, first_public: str, first_private: str) -> None:
    """From the largest to the smallest that a declaration allows."""
    network = auto.cluster.network.model_copy(update={"cidr": cidr})
    site = dataclasses.replace(auto, cluster=auto.cluster.model_copy(update={"network": network}))

    assert (first_public, first_private) == (public_subnets(site)[0], private_subnets(site)[0])


def test_public_and_private_addresses_are_apart(site: Site) -> None:
    """A rule for load balancers opens nothing to pods."""
    pairs = [(one, other) for one in networks(public_subnets(site)) for other in networks(private_subnets(site))]

    assert not any(one.overlaps(other) for one, other in pairs)


def test_the_api_server_is_the_first_address_of_the_services(site: Site) -> None:
    """And Services never overlap the cluster's own network."""
    services = ipaddress.IPv4Network(SERVICE_RANGE)

    assert ipaddress.IPv4Network(API_SERVICE).network_address == next(services.hosts())
    assert not services.overlaps(ipaddress.IPv4Network(site.cluster.network.cidr))


def test_names_are_answered_inside_the_cluster_only(site: Site) -> None:
    """From Services, nodes and link-local addresses; the internet's name servers are not among them."""
    answering = networks(name_servers(site))

    assert any(ipaddress.IPv4Address("169.254.20.10") in one for one in answering)
    assert all(one.is_private for one in answering)
