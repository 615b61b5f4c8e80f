"""What operators make: each statement says where it was read."""

from __future__ import annotations

import re

from groundwork.catalog import apis
from groundwork.catalog.operator_facts import all_facts, kinds


def test_every_statement_has_a_version_a_date_and_a_source() -> None:
    """Whoever doubts one can look it up."""
    facts = all_facts()

    assert facts
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", one.date) and one.version and one.source for one in facts)


def test_statements_are_about_kinds_that_exist() -> None:
    """Keyed by Kind.group, as the schemas know them."""
    known = {f"{kind}.{group}" for group, kind in apis.kinds()}

    assert set(kinds()) <= known


def test_of_one_kind_each_operator_knows_its_own() -> None:
    """Two of them make proxies of Gateways; by the class each Gateway belongs to one."""
    told_apart = [made.where for made in kinds()["Gateway.gateway.networking.k8s.io"]]

    assert told_apart == [{"spec.gatewayClassName": "agentgateway"}, {"spec.gatewayClassName": "kgateway"}]
    assert all(len(made) == 1 or all(one.where for one in made) for made in kinds().values())
