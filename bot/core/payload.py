"""JSON that comes from outside, read as what it has to be, or not at all. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from bot.core.errors import EaselError
from bot.core.slack_text import clean

DEPTH = 100
"""Of values within values; Slack's own stay below twenty."""

LONG = 200_000  # characters; Slack's longest text has 40,000, before its entities

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")

_NUMBER = re.compile(r"[0-9]{1,9}")

T = TypeVar("T")


class Unreadable(EaselError):
    """What came is not what it has to be: it is refused at the edge.

    Where it is what a button or a form of ours says of itself, it is an earlier Easel's, and the
    sentence is for whoever used it.
    """

    def __init__(self) -> None:
        super().__init__(
            "This is of an earlier Easel and cannot be used any more. Nothing was held or changed. "
            "Ask anew with /image or /image-quota."
        )


class Part:
    """An object of a payload. Whatever is asked of it is there, or a default, or `Unreadable`.

    Null and missing are the same, as they are for Slack.
    """

    __slots__ = ("raw",)

    def __init__(self, raw: object) -> None:
        if not isinstance(raw, dict):
            raise Unreadable
        self.raw: dict[str, Any] = raw

    def part(self, name: str) -> Part:
        """The object under a name; without one an empty one."""
        found = self.raw.get(name)
        return Part({} if found is None else found)

    def parts(self, name: str) -> list[Part]:
        """The objects of a list; without one none."""
        found = self.raw.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            raise Unreadable
        return [Part(one) for one in found]

    def named(self) -> list[tuple[str, Part]]:
        """The objects under all names."""
        return [(name, Part(one)) for name, one in self.raw.items()]

    def text(self, name: str) -> str:
        """A text, without control characters and half characters; empty where there is none."""
        found = self.raw.get(name)
        if found is None:
            return ""
        if not isinstance(found, str) or len(found) > LONG:
            raise Unreadable
        return clean(found)

    def word(self, name: str, kind: Callable[[str], T]) -> T:
        """An id, a time, a value of an enumeration: it has to be there."""
        found = self.raw.get(name)
        if not isinstance(found, str) or not _WORD.fullmatch(found):
            raise Unreadable
        return known(kind, found)

    def word_or_none(self, name: str, kind: Callable[[str], T]) -> T | None:
        """The same, which may be missing or empty."""
        found = self.raw.get(name)
        return None if found is None or found == "" else self.word(name, kind)

    def whole(self, name: str) -> int | None:
        """A whole number that a database takes."""
        found = self.raw.get(name)
        if found is None:
            return None
        if not isinstance(found, int) or isinstance(found, bool) or abs(found) >> 53:
            raise Unreadable
        return found

    def flag(self, name: str) -> bool:
        """Whether something is so; it is not where nothing is said."""
        found = self.raw.get(name)
        if found is not None and not isinstance(found, bool):
            raise Unreadable
        return bool(found)


def payload(raw: object) -> Part:
    """What came as a whole. What is nested too deep would exhaust whoever walks through it."""
    level = [raw]
    for _ in range(DEPTH):
        holders = [one for one in level if isinstance(one, dict | list)]
        if not holders:
            return Part(raw)
        level = [
            inner for one in holders for inner in (one.values() if isinstance(one, dict) else one)
        ]
    raise Unreadable


def parsed(text: str) -> Part:
    """A text of JSON, as it rides along in a form of ours."""
    try:
        return payload(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise Unreadable from error


def known(kind: Callable[[str], T], said: str) -> T:
    """One of the values of an enumeration."""
    try:
        return kind(said)
    except ValueError as error:
        raise Unreadable from error


def number(said: str) -> int:
    """A number of at most nine digits."""
    if not _NUMBER.fullmatch(said):
        raise Unreadable
    return int(said)
