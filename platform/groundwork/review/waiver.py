"""A waiver: one finding that may stay for a while, with a reason, an owner and an end."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from groundwork.findings import Finding
from groundwork.fleet.declaration import Part, says

__all__ = ["Waiver"]


def _date(text: Any) -> Any:
    try:
        return dt.date.fromisoformat(text)
    except (TypeError, ValueError):
        message = f"'{text}' is no day such as 2027-03-31"
        raise ValueError(message) from None


_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Waiver(Part):
    """One entry of the file."""

    rule: _Words = Field(description="The rule's id, as findings show it in brackets.")
    object: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9*][-a-z0-9*]*: [A-Za-z0-9]+(\.[-a-z0-9.]+)? ([^\s*/]+/)?[^\s*/]+$",
            description='As `groundwork check --format json` names it: "dev-us-east-1: Deployment.apps ai-gateway/litellm".',
            json_schema_extra=says("must be 'cluster: Kind[.group] [namespace/]name', with a * in the cluster at most"),
        ),
    ]
    reason: _Words = Field(description="Why this is fine here, for whoever reads it in half a year.")
    owner: _Words = Field(description="Who answers for it.")
    expires: Annotated[dt.date, BeforeValidator(_date)] = Field(description="The last day on which it holds.")

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is one that this waives."""
        cluster, _, rest = self.object.partition(": ")
        subject = finding.subject
        if subject is None or finding.rule != self.rule:
            return False
        return fnmatchcase(subject.cluster, cluster) and str(replace(subject, cluster="")) == f": {rest}"

    def concerns(self, cluster: str) -> bool:
        """Whether it is about that cluster."""
        return fnmatchcase(cluster, self.object.partition(": ")[0])
