"""JSON that comes from outside, read as what it has to be, or not at all. Pure.

What a form of ours remembers of itself comes from outside, too: `pack`, `unpack`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from bot.core.errors import EaselError
from bot.core.slack_text import strip_controls

DEPTH = 100
"""Of values within values; Slack's own stay below twenty."""

LONG = 200_000  # characters; Slack's longest text has 40,000, before its entities

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")

_NUMBER = re.compile(r"[0-9]{1,9}")

T = TypeVar("T")


class Unreadable(EaselError):
    """A payload does not have the shape that Slack or Easel gives it: the edge refuses the payload.

    Where a button or a form of ours carried it, an earlier Easel made that; the sentence is for the
    person who used it.
    """

    def __init__(self) -> None:
        super().__init__(
            "This is of an earlier Easel and cannot be used any more. Nothing was held or changed. "
            "Ask anew with /image or /image-quota."
        )


class Part:
    """An object of a payload. Each reader gives the value, or its default, or raises `Unreadable`.

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
        return strip_controls(found)

    def word(self, name: str, kind: Callable[[str], T]) -> T:
        """An id, a time, a value of an enumeration. Raises `Unreadable` without one."""
        found = self.raw.get(name)
        if not isinstance(found, str) or not _WORD.fullmatch(found):
            raise Unreadable
        return read_enum(kind, found)

    def word_or_none(self, name: str, kind: Callable[[str], T]) -> T | None:
        """The same, which may be missing or empty."""
        found = self.raw.get(name)
        return None if found is None or found == "" else self.word(name, kind)

    def integer(self, name: str) -> int | None:
        """A whole number that a database takes."""
        found = self.raw.get(name)
        if found is None:
            return None
        if not isinstance(found, int) or isinstance(found, bool) or abs(found) >> 53:
            raise Unreadable
        return found

    def flag(self, name: str) -> bool:
        """A yes or no; no where the payload says nothing."""
        found = self.raw.get(name)
        if found is not None and not isinstance(found, bool):
            raise Unreadable
        return bool(found)


def read_payload(raw: object) -> Part:
    """The outermost object. Raises `Unreadable` for values nested deeper than `DEPTH`."""
    level = [raw]
    for _ in range(DEPTH):
        holders = [one for one in level if isinstance(one, dict | list)]
        if not holders:
            return Part(raw)
        level = [
            inner for one in holders for inner in (one.values() if isinstance(one, dict) else one)
        ]
    raise Unreadable


def pack(told: object) -> str:
    """A dataclass as the text that rides along in a form, its `private_metadata`: 3,000 characters.

    It may hold texts, ids, numbers, enumerations, and dataclasses, tuples and mappings of them.
    What is as its default is left out.
    """
    return json.dumps(_packed(told), ensure_ascii=False, separators=(",", ":"))


def _packed(told: object) -> object:
    if is_dataclass(told):
        values = ((one, getattr(told, one.name)) for one in fields(told))
        return {one.name: _packed(value) for one, value in values if value != one.default}
    if isinstance(told, Mapping):
        return {name: _packed(value) for name, value in told.items()}
    return [_packed(one) for one in told] if isinstance(told, tuple) else told


def unpack(kind: type[T], text: str) -> T:
    """What `pack` made of such a dataclass. Raises `Unreadable`."""
    try:
        told: T = _unpacked(kind, read_payload(json.loads(text)).raw)
    except (ValueError, RecursionError, TypeError, KeyError) as error:
        raise Unreadable from error
    return told


def _unpacked(kind: Any, told: object) -> Any:
    within, part = get_args(kind), Part({"told": told})
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _unpacked(hints[name], one) for name, one in Part(told).raw.items()})
    if NoneType in within:
        return None if told is None else _unpacked(within[0], told)
    if get_origin(kind) is tuple and isinstance(told, list):
        return tuple(_unpacked(within[0], one) for one in told)
    if get_origin(kind) is Mapping:
        return {read_enum(within[0], name): Part(told).text(name) for name in Part(told).raw}
    base = getattr(kind, "__supertype__", kind)
    if base is bool:
        return part.flag("told")
    if base is int:
        return part.integer("told")
    return part.text("told") if kind is str else part.word("told", kind)


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def read_enum(kind: Callable[[str], T], said: str) -> T:
    """One of the values of an enumeration."""
    try:
        return kind(said)
    except ValueError as error:
        raise Unreadable from error


def read_number(said: str) -> int:
    """A number of at most nine digits."""
    if not _NUMBER.fullmatch(said):
        raise Unreadable
    return int(said)
