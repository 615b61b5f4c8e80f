"""Checks: what must not reach a model, found by its form. All patterns take time linear in the length of the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["CHECKS", "Check", "found"]


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of thing; `finds` says whether a text holds one."""

    name: str
    finds: Callable[[str], bool]


_SECRET = re.compile(
    r"-----BEGIN (?:[A-Z]{2,9} ){0,2}PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[oprsu]_[A-Za-z0-9]{36}"
    r"|\bgithub_pat_[A-Za-z0-9_]{60}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{20}"
    r"|\bsk-[A-Za-z0-9_-]{32}"
    r"|\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20}"
)
_CARD = re.compile(r"(?<![0-9])[3-6][0-9]{3}(?:[ -]?[0-9]){9,15}(?![0-9])")
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}\b")
_SOCIAL_SECURITY = re.compile(r"(?<![0-9-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![0-9-])")
_RESIDENT = re.compile(r"(?<![0-9])[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])-[1-8][0-9]{6}(?![0-9])")
_OVERRIDE = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b (?:\w+ ){0,4}"
    r"(?:previous|prior|above|earlier|preceding|system|original)\b (?:\w+ ){0,2}(?:instructions?|prompts?|rules?|messages?)\b"
    r"|\b(?:reveal|print|show|repeat|output|tell me)\b (?:\w+ ){0,4}(?:system|hidden|initial) (?:prompt|instructions?|message)\b"
    r"|\byou are (?:now )?in (?:developer|dan|god|jailbreak) mode\b"
)
# Characters that people do not see and patterns would stumble over.
_UNSEEN = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_WORDS = re.compile(r"\W+")


def _luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _card(text: str) -> bool:
    numbers = (re.sub(r"[ -]", "", one[0]) for one in _CARD.finditer(text))
    return any(13 <= len(number) <= 19 and _luhn(number) for number in numbers)


def _iban(text: str) -> bool:
    return any(_remainder(one[0].replace(" ", "")) == 1 for one in _IBAN.finditer(text))


def _remainder(account: str) -> int:
    """An IBAN's number modulo 97: 1 where its check digits are right."""
    moved = account[4:] + account[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97


def _injection(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).translate(_UNSEEN).casefold()
    return _OVERRIDE.search(_WORDS.sub(" ", plain)) is not None


CHECKS = (
    Check("secret", lambda text: _SECRET.search(text) is not None),
    Check("card", _card),
    Check("bank-account", _iban),
    Check(
        "identity-number", lambda text: _SOCIAL_SECURITY.search(text) is not None or _RESIDENT.search(text) is not None
    ),
    Check("injection", _injection),
)


def found(texts: Iterable[str]) -> list[str]:
    """The names of the checks that find something in any of the texts."""
    known = list(texts)
    return [check.name for check in CHECKS if any(check.finds(text) for text in known)]
