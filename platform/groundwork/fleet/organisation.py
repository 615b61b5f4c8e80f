"""Organisation: whose platform this is. `fleet.yaml` is the one file to change to make it yours."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from groundwork.fleet.declaration import Declaration, Part, Text, says

__all__ = ["Groups", "IdentityProvider", "Organisation", "Repository"]


class Repository(Part):
    """The Git repository that Argo CD reads."""

    url: str = Field(
        pattern=r"^(https://|ssh://|git@)\S+$",
        description="As Argo CD is to clone it.",
        json_schema_extra=says("must begin with https://, ssh:// or git@"),
    )
    revision: Text = Field(description="The branch that clusters follow.")


class IdentityProvider(Part):
    """The OpenID Connect provider that people sign in with."""

    issuer: str = Field(
        pattern=r"^https://\S+$",
        description="The issuer URL, as it stands in tokens.",
        json_schema_extra=says("must begin with https://"),
    )
    client_id: Text = Field(description="The audience of tokens that the gateway accepts.")


class Groups(Part):
    """The identity provider's groups for the platform's own roles."""

    admins: Text = Field(
        description="May change anything in Argo CD and in the platform's namespaces, but for secrets and rights."
    )
    operators: Text = Field(description="May restart and scale agents, tools and models.")
    viewers: Text = Field(description="May look, but not at secrets or logs.")


class Organisation(Declaration):
    """Whose platform this is: the repository, the domain, the identity provider."""

    folder: ClassVar[str] = "."

    name: str = Field(
        pattern=r"^[a-z][a-z0-9-]{1,18}[a-z0-9]$",
        description="Prefix of AWS resource names; 3 to 20 characters.",
        json_schema_extra=says("must be 3 to 20 lower-case letters, digits and '-', a letter first"),
    )
    domain: str = Field(
        pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$",
        description="Clusters are served below it: <cluster>.<domain>.",
        json_schema_extra=says("must be a DNS domain such as ai.example.com"),
    )
    contact: str = Field(
        pattern=r"^\S+@\S+$",
        description="Who is written to about certificates and budgets.",
        json_schema_extra=says("must be an e-mail address"),
    )
    repository: Repository
    identity: IdentityProvider
    groups: Groups
