"""The addresses of a cluster's network, as eksctl lays them out, for policies that cannot select pods.

eksctl splits the VPC's range into eight equal parts: the first three are the public subnets (one per zone), the next three
the private ones. Source: eksctl 0.230, `vpc.SplitInto8`.
"""

from __future__ import annotations

import ipaddress

from groundwork.fleet.site import Site

__all__ = ["API_SERVICE", "SERVICE_RANGE", "name_servers", "private_subnets", "public_subnets"]

SERVICE_RANGE = "172.20.0.0/16"
# The `kubernetes` Service is the first address of the range. VPC CNI applies egress rules before the address is
# translated, so a policy has to name this address beside those of the control plane's network interfaces.
API_SERVICE = "172.20.0.1/32"


def public_subnets(site: Site) -> list[str]:
    """Where load balancers stand."""
    return _parts(site)[:3]


def private_subnets(site: Site) -> list[str]:
    """Where nodes, pods, VPC endpoints and the control plane's network interfaces stand."""
    return _parts(site)[3:6]


def name_servers(site: Site) -> list[str]:
    """Where DNS may answer from. On Auto Mode that is the node itself, which no pod selector matches."""
    return [SERVICE_RANGE, site.cluster.network.cidr, "169.254.0.0/16"]


def _parts(site: Site) -> list[str]:
    network = ipaddress.IPv4Network(site.cluster.network.cidr)
    return [str(part) for part in network.subnets(prefixlen_diff=3)]
