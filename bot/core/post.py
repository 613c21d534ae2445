"""A message that somebody wrote, and what it says to Easel. Pure.

`message` and `app_mention` tell of the same message in two ways: whatever is decided here is
decided from what both of them carry, so that it does not matter which comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.core.job import FileId, Place, Ts, UserId
from bot.core.payload import Part

UNCLEAR = "application/octet-stream"
"""The type of a file that Slack does not know."""

PHOTOS = frozenset({"heic", "heif", "avif"})
"""Endings of pictures that Slack may not know."""

ANYBODY = "<@"  # how Slack's token for a person begins


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message. What Slack says of it is a claim; its bytes decide later."""

    file: FileId
    name: str | None = None  # None: the event had only its id; Slack has to be asked
    mime: str | None = None
    size: int | None = field(default=None, compare=False)  # bytes

    @property
    def is_image(self) -> bool:
        """Whether it claims to be a picture: by its type, or by its name where it has none."""
        ending = (self.name or "").casefold().rpartition(".")[2]
        unclear = self.mime == UNCLEAR and ending in PHOTOS
        return unclear or (self.mime or "").startswith("image/")

    @property
    def is_mask(self) -> bool:
        """Whether it says which parts of the first picture may change: a PNG named `mask…`."""
        return self.mime == "image/png" and (self.name or "").casefold().startswith("mask")


@dataclass(frozen=True, slots=True)
class Post:
    """A message as a person sent it: never an edited one, never a bot's."""

    place: Place  # its thread is None for a message of the channel itself
    ts: Ts
    user: UserId
    text: str  # as Slack delivers it, with entities and tokens
    files: tuple[Attached, ...]
    is_direct: bool  # in the direct message with Easel, where everything is meant for Easel

    @property
    def may_be_edit(self) -> bool:
        """Whether it would be an edit in a thread that Easel takes part in."""
        return bool(self.files and self.place.thread and self.text.strip())

    @property
    def may_concern(self) -> bool:
        """False for what is conversation, whoever Easel is and wherever it takes part."""
        return self.is_direct or ANYBODY in self.text or self.may_be_edit

    def is_for(self, us: UserId) -> bool:
        """Whether it is said to Easel."""
        return self.is_direct or mentions(self.text, us)


def mentions(text: str, who: UserId) -> bool:
    """Whether somebody is mentioned in a text of Slack's."""
    return re.search(_token(who), text) is not None


def strip_mention(text: str, who: UserId) -> str:
    """The text without the mentions of somebody, with one blank where one stood between words."""
    address = re.sub(rf"^\s*(?:{_token(who)}\s*)+[,:]?\s*", "", text)
    return re.sub(rf"[^\S\n]*{_token(who)}[^\S\n]*", " ", address).strip()


def find_nameless(text: str) -> list[UserId]:
    """Who is mentioned without a name, each once, in their order."""
    return [UserId(found) for found in dict.fromkeys(_NAMELESS.findall(text))]


def name_mentions(text: str, names: Mapping[UserId, str]) -> str:
    """The text with names in the tokens that had none, as in the text of a command.

    A name is what somebody calls themselves: escaped here, for the text is unescaped later.
    """

    def name(found: re.Match[str]) -> str:
        known = names.get(UserId(found[1]))
        return found[0] if known is None else f"<@{found[1]}|{_escaped(known)}>"

    return _NAMELESS.sub(name, text)


def read_attached(files: Iterable[Part]) -> tuple[Attached, ...]:
    """The files of a message or an event; a stub, a tombstone or a bare id has no claims."""
    return tuple(_attached(file) for file in files if file.word_or_none("id", FileId))


def _attached(file: Part) -> Attached:
    own = file.word("id", FileId)
    if file.raw.get("name") is None or file.raw.get("mimetype") is None:
        return Attached(own)
    return Attached(own, file.text("name"), file.text("mimetype"), file.integer("size"))


_NAMELESS = re.compile(r"<@([UW][A-Z0-9]+)>")


def _token(who: UserId) -> str:
    return rf"<@{re.escape(who)}(?:\|[^>]*)?>"


def _escaped(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
