"""What all declarations have in common: frozen, keyword-only, closed, written in camelCase."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from groundwork.catalog.quantities import parse_quantity

__all__ = ["Declaration", "Impossible", "Name", "Part", "Quantity", "Text", "impossible", "says"]


def says(sentence: str) -> dict[str, Any]:
    """What editors and the loader say of a text that does not match its pattern: "must be ..."."""
    return {"patternErrorMessage": sentence}


class Impossible(NamedTuple):
    """Values that are right each for itself but cannot be together: the field that says so best, and a way out."""

    at: tuple[str, ...]
    problem: str
    fix: str


def impossible(*problems: Impossible) -> PydanticCustomError:
    """The error of a validator that looks at several fields."""
    text = "; ".join(one.problem for one in problems)
    return PydanticCustomError("impossible", "{text}", {"text": text, "problems": problems})


def _quantity(text: str) -> str:
    if parse_quantity(text) <= 0:
        message = f"'{text}' is not more than zero"
        raise ValueError(message)
    return text


Name = Annotated[
    str,
    Field(
        pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$",
        max_length=40,
        description="A DNS label, because objects and hosts are named by it: lower-case letters, digits, '-'.",
        json_schema_extra=says("must be a DNS label: lower-case letters, digits and '-', a letter first"),
    ),
]
Quantity = Annotated[str, Field(description="A Kubernetes quantity: 500m, 4, 64Gi."), AfterValidator(_quantity)]
Text = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    """A piece of a declaration."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=False, validate_by_alias=True
    )


class Declaration(Part):
    """One YAML file. `folder` says where such files stand; the file's name is the thing's name."""

    folder: ClassVar[str]

    name: Name = Field(description="The same as the file's name, without .yaml.")
