"""Forms of strings that the API server knows by name: a DNS label, a port's name, a quantity, a cron line.

JSON Schemas name them in `format`; other checks ask `fits` and print `FORMS[name].wording`.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from groundwork.catalog.quantities import parse_quantity

__all__ = ["FORMS", "Form", "fits"]

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_KEY_NAME = re.compile(_NAME)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_CRON_WORDS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_DURATION = re.compile(r"[+-]?(?:0|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)")
# Beyond what 64 bits hold the API server rounds; nobody means that, and an exact sum of it takes for ever.
_LONGEST_QUANTITY = 32
_HUGE_EXPONENT = re.compile(r"[eE][+-]?[0-9]{3,}")


@dataclass(frozen=True, slots=True)
class Form:
    """A form of strings: whether a text has it, and how to say so ("a DNS label: ...")."""

    test: Callable[[str], bool]
    wording: str


def fits(form: str, text: str) -> bool:
    """Whether `text` has the form of that name."""
    return FORMS[form].test(text)


def _matches(pattern: str, longest: int | None = None) -> Callable[[str], bool]:
    expression = re.compile(pattern)

    def test(text: str) -> bool:
        return (longest is None or len(text) <= longest) and expression.fullmatch(text) is not None

    return test


def _label_key(text: str) -> bool:
    prefix, slash, name = text.rpartition("/")
    if slash and not (0 < len(prefix) <= 253 and _SUBDOMAIN.fullmatch(prefix)):
        return False
    return 0 < len(name) <= 63 and _KEY_NAME.fullmatch(name) is not None


def _port_name(text: str) -> bool:
    shape = re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", text)
    return len(text) <= 15 and shape is not None and any(char.isalpha() for char in text)


def _quantity(text: str) -> bool:
    if len(text) > _LONGEST_QUANTITY or _HUGE_EXPONENT.search(text) or text.endswith("\n"):
        return False
    try:
        parse_quantity(text)
    except ValueError:
        return False
    return True


def _cron(text: str) -> bool:
    """A schedule as CronJob takes it: five fields or a word such as @daily; a time zone has a field of its own."""
    if text.startswith("@every "):
        return _DURATION.fullmatch(text.removeprefix("@every ")) is not None
    fields = text.split()
    if len(fields) != 5:
        return text in _CRON_WORDS
    bounds = ((0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, _MONTHS), (0, 6, _DAYS))
    return all(_cron_field(field, *bound) for field, bound in zip(fields, bounds, strict=True))


def _cron_field(field: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    return all(_cron_range(part, low, high, names) for part in field.split(","))


def _cron_range(part: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    span, slash, step = part.partition("/")
    if slash and not (re.fullmatch(r"[0-9]{1,4}", step) and int(step) > 0):
        return False
    if span in {"*", "?"}:
        return True
    ends = [_cron_value(end, low, names) for end in span.split("-")]
    numbers = [end for end in ends if end is not None]
    return len(numbers) == len(ends) <= 2 and low <= numbers[0] <= numbers[-1] <= high


def _cron_value(text: str, low: int, names: tuple[str, ...]) -> int | None:
    if text.lower() in names:
        return names.index(text.lower()) + low
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else None


def _time_zone(text: str) -> bool:
    known = zoneinfo.available_timezones()
    return text in known if known else True  # without a time zone database nothing can be said


def _accepted_by(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return test


def _base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.splitlines()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _uri(text: str) -> bool:
    """As Go's url.ParseRequestURI reads it: absolute, or a path."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme or text.startswith("/")) and " " not in text


def _cidr(text: str) -> bool:
    return "/" in text and _accepted_by(lambda one: ipaddress.ip_network(one, strict=False))(text)


_is_label = _matches(_LABEL, 63)
_is_subdomain = _matches(_SUBDOMAIN.pattern, 253)
_is_label_value = _matches(rf"(?:{_NAME})?", 63)
_is_config_key = _matches(r"[-._a-zA-Z0-9]+", 253)

FORMS: dict[str, Form] = {
    "byte": Form(_base64, "base64"),
    "cidr": Form(_cidr, "a CIDR block such as 10.0.0.0/16"),
    "config-key": Form(
        lambda text: _is_config_key(text) and text not in {".", ".."},
        "a key of letters, digits, '-', '_' and '.', at most 253 characters",
    ),
    "cron": Form(_cron, "a cron schedule: minute hour day month weekday (0-6), or @daily and its like"),
    "dns-1035-label": Form(
        _matches(r"[a-z](?:[-a-z0-9]*[a-z0-9])?", 63),
        "a DNS label: lower-case letters, digits and '-', starting with a letter, at most 63 characters",
    ),
    "dns-label": Form(_is_label, "a DNS label: lower-case letters, digits and '-' between them, at most 63 characters"),
    "dns-subdomain": Form(_is_subdomain, "a DNS name: lower-case letters, digits, '-' and '.', at most 253 characters"),
    "duration": Form(lambda text: _DURATION.fullmatch(text) is not None, "a duration such as 30s or 1h30m"),
    "env-name": Form(_matches(r"[ -<>-~]+"), "a name of printable ASCII characters without '='"),
    "host": Form(
        lambda text: _is_subdomain(text.removeprefix("*.")), "a DNS name, or one below a wildcard: *.example.com"
    ),
    "ip": Form(_accepted_by(ipaddress.ip_address), "an IP address"),
    "ipv4": Form(_accepted_by(ipaddress.IPv4Address), "an IPv4 address"),
    "ipv6": Form(_accepted_by(ipaddress.IPv6Address), "an IPv6 address"),
    "label-key": Form(
        _label_key,
        "a key: letters, digits, '-', '_' and '.', at most 63 characters, after an optional DNS name and '/'",
    ),
    "label-value": Form(
        _is_label_value, "letters, digits, '-', '_' and '.' between letters or digits, at most 63 characters"
    ),
    "path-segment": Form(
        lambda text: text not in {"", ".", ".."} and not set("/%") & set(text), "a name without '/' and '%'"
    ),
    "percent": Form(_matches(r"[0-9]{1,9}%"), "a whole number or a percentage such as 25%"),
    "port-name": Form(
        _port_name,
        "a port's name: lower-case letters, digits and single '-', a letter among them, at most 15 characters",
    ),
    "quantity": Form(_quantity, "a quantity such as 500m, 2 or 64Gi"),
    "time-zone": Form(_time_zone, "a time zone of the IANA database such as Europe/Berlin"),
    "uri": Form(_uri, "a URL"),
}
