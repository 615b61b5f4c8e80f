"""The functions that Kubernetes adds to CEL, for rules of custom resources.

CEL's own functions come with the engine, those of its extension libraries with `cel.stdlib`. Here is what is left:
<https://kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries>. The engine passes
only plain values between calls, so a quantity, a URL and an address travel as text in one canonical spelling.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from groundwork.catalog.quantities import parse_quantity
from groundwork.proofs.apiserver.engine import stdlib
from groundwork.proofs.apiserver.forms import fits

__all__ = ["FUNCTIONS"]

_LIBRARIES = ("core", "strings", "math", "sets", "encoders", "lists")


def _find(text: str, pattern: str) -> str:
    match = re.search(pattern, text)
    return match[0] if match else ""


def _find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    found = [match[0] for match in re.finditer(pattern, text)]
    return found if limit < 0 else found[:limit]


def _is_sorted(items: list[Any]) -> bool:
    return all(one <= other for one, other in itertools.pairwise(items))


def _quantity(text: str) -> str:
    """An exact fraction as text ("1/2"): equal quantities are equal texts."""
    if not fits("quantity", text):
        raise ValueError(f"'{text}' is not a quantity")
    return str(parse_quantity(text))


def _as_integer(quantity: str) -> int:
    number = Fraction(quantity)
    if number.denominator != 1:
        raise ValueError("the quantity is not a whole number")
    return number.numerator


def _sum(one: str, other: str | int) -> str:
    return str(Fraction(one) + Fraction(other))


def _difference(one: str, other: str | int) -> str:
    return str(Fraction(one) - Fraction(other))


def _compare(one: str, other: str) -> int:
    return (Fraction(one) > Fraction(other)) - (Fraction(one) < Fraction(other))


def _is_url(text: str) -> bool:
    return fits("uri", text)


def _url(text: str) -> str:
    if not _is_url(text):
        raise ValueError(f"'{text}' is not a URL")
    return text


def _part_of_url(part: Callable[[SplitResult], Any]) -> Callable[[str], Any]:
    return lambda url: part(urlsplit(url))


def _is_ip(text: str) -> bool:
    return fits("ip", text)


def _is_cidr(text: str) -> bool:
    return fits("cidr", text)


def _contains_ip(cidr: str, ip: str) -> bool:
    return ipaddress.ip_address(ip) in ipaddress.ip_network(cidr, strict=False)


def _contains_cidr(cidr: str, other: str) -> bool:
    outer, inner = ipaddress.ip_network(cidr, strict=False), ipaddress.ip_network(other, strict=False)
    return outer.version == inner.version and inner.network_address in outer and outer.prefixlen <= inner.prefixlen


def _family(text: str) -> int:
    return ipaddress.ip_interface(text).version


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: function for library in _LIBRARIES for name, function in stdlib.EXTENSIONS[library].items()},
    "isSorted": _is_sorted,
    "find": _find,
    "matches": lambda text, pattern: re.search(pattern, text) is not None,  # as a method the engine has it itself
    "findAll": _find_all,
    "isQuantity": lambda text: fits("quantity", text),
    "quantity": _quantity,
    "sign": lambda quantity: _compare(quantity, "0"),
    "isInteger": lambda quantity: Fraction(quantity).denominator == 1,
    "asInteger": _as_integer,
    "asApproximateFloat": lambda quantity: float(Fraction(quantity)),
    "add": _sum,
    "sub": _difference,
    "compareTo": _compare,
    "isLessThan": lambda one, other: _compare(one, other) < 0,
    "isGreaterThan": lambda one, other: _compare(one, other) > 0,
    "isURL": _is_url,
    "url": _url,
    "getScheme": _part_of_url(lambda parts: parts.scheme),
    "getHost": _part_of_url(lambda parts: parts.netloc.rpartition("@")[2]),
    "getHostname": _part_of_url(lambda parts: parts.hostname or ""),
    "getPort": _part_of_url(lambda parts: "" if parts.port is None else str(parts.port)),
    "getEscapedPath": _part_of_url(lambda parts: parts.path),
    "getQuery": _part_of_url(lambda parts: parse_qs(parts.query, keep_blank_values=True)),
    "isIP": _is_ip,
    "ip": lambda text: str(ipaddress.ip_address(text)),
    "ip.isCanonical": lambda text: str(ipaddress.ip_address(text)) == text,
    "family": _family,
    "isUnspecified": lambda ip: ipaddress.ip_address(ip).is_unspecified,
    "isLoopback": lambda ip: ipaddress.ip_address(ip).is_loopback,
    "isLinkLocalMulticast": lambda ip: ipaddress.ip_address(ip).is_multicast and ip.startswith(("224.0.0.", "ff02:")),
    "isLinkLocalUnicast": lambda ip: ipaddress.ip_address(ip).is_link_local,
    "isGlobalUnicast": lambda ip: (
        not ipaddress.ip_address(ip).is_multicast and not ipaddress.ip_address(ip).is_loopback
    ),
    "isCIDR": _is_cidr,
    "cidr": lambda text: str(ipaddress.ip_interface(text)),
    "containsIP": _contains_ip,
    "containsCIDR": _contains_cidr,
    "prefixLength": lambda cidr: ipaddress.ip_network(cidr, strict=False).prefixlen,
    "masked": lambda cidr: str(ipaddress.ip_network(cidr, strict=False)),
}
