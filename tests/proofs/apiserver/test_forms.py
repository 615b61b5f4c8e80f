"""Forms: each takes what the API server takes and refuses what it refuses."""

from __future__ import annotations

import pytest

from groundwork.proofs.apiserver.forms import FORMS, fits

# What fits, and what does not.
EXAMPLES: dict[str, tuple[list[str], list[str]]] = {
    "byte": (["", "aGVsbG8=", "aGVs\nbG8="], ["hello!", "aGVsbG8"]),
    "cidr": (["10.0.0.0/8", "10.1.2.3/8", "fd00::/8"], ["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "/8"]),
    "config-key": (["config.yaml", "_A-1", "..."], ["a/b", "", ".", "..", "a" * 254]),
    "cron": (
        ["* * * * *", "*/5 0-6,12 1 JAN-mar mon", "0 0 ? * 0", "@hourly", "@every 1h30m", "5/10 * * * *"],
        ["* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 7", "*/0 * * * *", ", * * * *", ""],
    ),
    "dns-1035-label": (["web", "a", "a-1"], ["1a", "-a", "a-", "A", "a.b", "", "a" * 64]),
    "dns-label": (["web", "1a", "a" * 63], ["-a", "a-", "A", "a.b", "a_b", "", "a" * 64, "a\n"]),
    "dns-subdomain": (["web", "a.b-c.1"], ["a..b", ".a", "a.", "A", "a_b", "", "a" * 254]),
    "duration": (["0", "30s", "1h30m", "1.5h", "-5ms", "100us"], ["", "30", "1 h", "1d", "s"]),
    "env-name": (["PATH", "a.b-c", "with space"], ["", "A=B", "ä", "a\tb"]),
    "host": (["example.com", "*.example.com"], ["*", "a.*.com", "Example.com", ""]),
    "ip": (["10.0.0.1", "::1"], ["10.0.0", "010.0.0.1", "a", ""]),
    "ipv4": (["10.0.0.1"], ["::1", ""]),
    "ipv6": (["::1"], ["10.0.0.1", ""]),
    "label-key": (["app", "app.kubernetes.io/name", "A_b.c"], ["", "/a", "a/", "a/b/c", "A.b/c", "-a", "a" * 64]),
    "label-value": (["", "a", "A_b.c-9", "a" * 63], ["-a", "a-", "a b", "a" * 64, "a/b"]),
    "path-segment": (["system:reader", "A"], ["", ".", "..", "a/b", "a%b"]),
    "percent": (["0%", "25%", "100%"], ["", "%", "25", "-1%", "2.5%"]),
    "port-name": (["http", "a-1", "8a"], ["", "80", "a--b", "-a", "a-", "HTTP", "a" * 16]),
    "quantity": (
        ["0", "500m", "1.5", ".5", "1e3", "1E-2", "64Gi", "+1", "-1k", "2Ei"],
        ["", "500x", "1 Gi", "Gi", "1KB", "1kI", "--1", "1e", "1e999999999", "9" * 400, "1\n"],
    ),
    "time-zone": (["UTC", "Europe/Berlin"], ["Berlin", "europe/nowhere", ""]),
    "uri": (["https://a.example/b?c=d", "/path", "urn:a:b"], ["", "no scheme", "a", "http://a b", "http://[::1"]),
}


def test_every_form_has_examples() -> None:
    """A form without a text that it refuses would be no form."""
    assert set(EXAMPLES) == set(FORMS)
    assert all(good and bad for good, bad in EXAMPLES.values())


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, (good, _) in EXAMPLES.items() for text in good])
def test_a_form_takes_its_texts(form: str, text: str) -> None:
    """What the API server takes, fits."""
    assert fits(form, text)


@pytest.mark.parametrize(
    "text", ["@often", "@every day", "TZ=UTC 0 0 * * *", "3-1 * * * *", "1-2-3 * * * *", "a * * * *"]
)
def test_a_cron_schedule_has_no_words_of_its_own(text: str) -> None:
    """Macros, ranges and time zones that other crons know are none of a CronJob's."""
    assert not fits("cron", text)


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, (_, bad) in EXAMPLES.items() for text in bad])
def test_a_form_refuses_other_texts(form: str, text: str) -> None:
    """What the API server refuses, does not fit."""
    assert not fits(form, text)
