"""Organisation: whose platform this is. `fleet.yaml` is the one file to change to make it yours."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from groundwork.fleet.declaration import Declaration, Part, Text, says

__all__ = ["Groups", "IdentityEndpoints", "IdentityProvider", "Organisation", "Repository"]

_HTTPS = r"^https://\S+$"
_SAID = says("must begin with https://")


class Repository(Part):
    """The Git repository that Argo CD reads."""

    url: str = Field(
        pattern=r"^(https://|ssh://|git@)\S+$",
        description="As Argo CD is to clone it.",
        json_schema_extra=says("must begin with https://, ssh:// or git@"),
    )
    revision: Text = Field(description="The branch that clusters follow.")


class IdentityEndpoints(Part):
    """Where the identity provider answers, as <issuer>/.well-known/openid-configuration says; a load balancer cannot ask it."""

    authorization: str = Field(pattern=_HTTPS, description="Where people sign in.", json_schema_extra=_SAID)
    token: str = Field(pattern=_HTTPS, description="Where a code becomes tokens.", json_schema_extra=_SAID)
    user_info: str = Field(pattern=_HTTPS, description="Who a token is for.", json_schema_extra=_SAID)
    keys: str = Field(
        pattern=_HTTPS, description="The keys that tokens are signed with (jwks_uri).", json_schema_extra=_SAID
    )


class IdentityProvider(Part):
    """The OpenID Connect provider that people sign in with."""

    issuer: str = Field(pattern=_HTTPS, description="The issuer URL, as it stands in tokens.", json_schema_extra=_SAID)
    client_id: Text = Field(description="The audience of tokens that the edge accepts; a public client.")
    pages_client_id: Text = Field(description="The client with a secret by which the edge signs people in to pages.")
    endpoints: IdentityEndpoints


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
