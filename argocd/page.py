"""Pages for people: numbered steps, with commands to paste."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from groundwork.fleet.site import Site

__all__ = ["Step", "delete_stack", "deploy_stack", "file_in_bootstrap", "page", "shell"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is about, and text in Markdown."""

    title: str
    text: str


def page(title: str, opening: str, steps: Sequence[Step]) -> str:
    """A page in Markdown."""
    parts = [f"# {title}\n\n{opening}\n"]
    parts += [f"## {number}. {step.title}\n\n{step.text}\n" for number, step in enumerate(steps, start=1)]
    return "\n".join(parts)


def shell(*commands: str) -> str:
    """A block of commands."""
    return "\n".join(["```sh", *commands, "```"])


def file_in_bootstrap(site: Site, path: str) -> str:
    """A file of the cluster's bootstrap folder, from the root of the repository."""
    return f"generated/{site.name}/bootstrap/{path}"


def deploy_stack(site: Site, stack: str, template: str) -> str:
    """The command that makes a CloudFormation stack, or brings it up to date."""
    return (
        f"aws cloudformation deploy --region {site.cluster.region} --stack-name {stack} \\\n"
        f"  --capabilities CAPABILITY_NAMED_IAM --template-file {template}"
    )


def delete_stack(site: Site, stack: str) -> str:
    """The commands that delete a CloudFormation stack, and end when it is gone."""
    where = f"--region {site.cluster.region} --stack-name {stack}"
    return f"aws cloudformation delete-stack {where}\naws cloudformation wait stack-delete-complete {where}"
