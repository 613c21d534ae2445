"""The text of `/image-quota`: what a member or an admin wants with a budget.

The forms are the contract's ("Slack", `/image-quota`); amounts are whole credits, dates are local.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TypeVar

from bot.core.budget import EVERYBODY
from bot.core.catalogue import suggest_word
from bot.core.errors import Mistake
from bot.core.grammar import MAX_VALUE
from bot.core.job import ChannelId, Credits, UserId
from bot.core.periods import Period
from bot.core.slack_text import strip_code_marks, strip_controls, unescape

MAX_CREDITS = 1_000_000_000  # the highest cap and the highest grant
MAX_REASON = 500  # characters of a grant's reason

_PERIODS = tuple(period.adverb for period in Period)
_WORDS = ("none", "default", "grant", "pause", "resume", "workspace", "help")


class Default(Enum):
    """Back to `EASEL_DEFAULT_CHANNEL_CAP`: neither a number nor "no cap"."""

    DEFAULT = "default"


class Workspace(Enum):
    """The whole workspace, where a channel could stand."""

    WORKSPACE = "workspace"


Named = ChannelId | Workspace | None
"""Whose budget: a channel's, the workspace's, or (None) that of the channel it was typed in."""

Limit = Credits | Default | None
"""Credits per period; None is no cap, whatever the default; 0 is nothing allowed."""


@dataclass(frozen=True, slots=True)
class Show:
    """Show a card."""

    scope: Named = None


@dataclass(frozen=True, slots=True)
class SetCap:
    """Change a cap. A period of None keeps the one there is (monthly, if there is none)."""

    limit: Limit
    period: Period | None = None
    scope: Named = None


@dataclass(frozen=True, slots=True)
class AddGrant:
    """Give extra credits. `until` is the last local day they count; None: the period's last."""

    credits: Credits
    channel: ChannelId | None = None
    until: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop new spending at once."""

    scope: Named = None


@dataclass(frozen=True, slots=True)
class Resume:
    """Allow spending again."""

    scope: Named = None


@dataclass(frozen=True, slots=True)
class Help:
    """Say what can be typed."""


_T = TypeVar("_T")

QuotaCommand = Show | SetCap | AddGrant | Pause | Resume | Help


def parse_quota(text: str) -> QuotaCommand:
    """What somebody wants who sent `/image-quota` with this text, as Slack delivered it.

    A channel may stand before any command. Who may do it, and whether a date lies in the past, is
    for whoever has the person and the clock. Raises `Mistake`.
    """
    scope, words = _scope(strip_code_marks(strip_controls(text)).split())
    if not words:
        return Show(scope)
    match words[0].casefold():
        case "help":
            return _last(Help(), words[1:])
        case "pause":
            return Pause(_target(scope, words[1:]))
        case "resume":
            return Resume(_target(scope, words[1:]))
        case "grant":
            return _grant(scope, words[1:])
        case _:
            return _cap(scope, words[0], words[1:])


def parse_cap(scope: Named, amount: str, period: str | None) -> SetCap:
    """A cap whose parts were given one by one, in the words of the command. Raises `Mistake`."""
    return _cap(scope, amount, [period] if period else [])


def parse_grant(
    where: ChannelId | Workspace, amount: str, until: date | None, reason: str
) -> AddGrant:
    """A grant whose parts were given one by one; the reason is as typed. Raises `Mistake`."""
    given = _grant(where, [amount])
    return AddGrant(
        given.credits, given.channel, until, _reason(" ".join(strip_controls(reason).split()))
    )


def parse_spent(word: str) -> Credits:
    """What a request came to by the provider's bill. Raises `Mistake`."""
    amount = credits_of(word)
    if amount is None or amount > MAX_CREDITS:
        raise Mistake(
            f"{_said(word)} is no amount. It is a whole number of credits from 0 to"
            f" {MAX_CREDITS:,}. Nothing was changed."
        )
    return amount


def parse_where(word: str) -> ChannelId | Workspace:
    """The workspace or a channel, by its id or by Slack's token for it. Raises `Mistake`."""
    if word.casefold() == "workspace":
        return Workspace.WORKSPACE
    token = re.fullmatch(r"<#([A-Z0-9]+)(?:\|[^<>]*)?>|([CDG][A-Z0-9]{2,})", word)
    if token is None:
        raise Mistake(
            f"{_said(word)} is no channel. Write workspace, or a channel's id, which stands at the"
            " end of the channel's details in Slack, as in C0123456789."
        )
    return ChannelId(token[1] or token[2])


def parse_person(word: str, where: ChannelId | Workspace) -> UserId:
    """A person, by id or by Slack's token, or everybody in the channel. Raises `Mistake`."""
    if where is Workspace.WORKSPACE:
        raise Mistake("A person's cap is for one channel: name it instead of workspace.")
    if word.casefold() == "everybody":
        return EVERYBODY
    token = re.fullmatch(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>|([UW][A-Z0-9]{2,})", word)
    if token is None:
        raise Mistake(
            f"{_said(word)} is no person. Write everybody, or a member's id, which stands in their"
            " profile in Slack, as in U0123456789."
        )
    return UserId(token[1] or token[2])


def _scope(words: list[str]) -> tuple[Named, list[str]]:
    """The channel or the workspace that the words begin with, and the rest of them."""
    if words and words[0].casefold() == "workspace":
        return Workspace.WORKSPACE, words[1:]
    if words and (channel := _channel(words[0])):
        return channel, words[1:]
    return None, words


def _channel(word: str) -> ChannelId | None:
    if token := re.fullmatch(r"<#([A-Z0-9]+)(?:\|[^<>]*)?>", word):
        return ChannelId(token[1])
    if re.match(r"#\w", word):
        raise Mistake(
            f"I do not know which channel {_said(word)} is. Choose it from the list that Slack"
            " shows while you type its name."
        )
    return None


def _target(scope: Named, words: list[str]) -> Named:
    """Whose spending: named before the command or after it."""
    if scope is None:
        scope, words = _scope(words)
    return _last(scope, words)


def _cap(scope: Named, amount: str, words: list[str]) -> SetCap:
    limit = _limit(amount)
    if limit is Default.DEFAULT and scope is Workspace.WORKSPACE:
        raise Mistake("The workspace has no default cap. Write a number of credits, or none.")
    if not words:
        return SetCap(limit, None, scope)
    period = Period.named(words[0])
    if period is None:
        raise Mistake(
            f"{_said(words[0])} is not a period. Periods: {', '.join(_PERIODS)}"
            f"{suggest_word(words[0].casefold(), _PERIODS)}"
        )
    if limit is Default.DEFAULT:
        raise Mistake(f"The default cap has its own period. Leave {words[0]} out.")
    return _last(SetCap(limit, period, scope), words[1:])


def _limit(word: str) -> Limit:
    known = word.casefold()
    if known == "none":
        return None
    if known == "default":
        return Default.DEFAULT
    amount = credits_of(word)
    if amount is None or amount > MAX_CREDITS:
        raise Mistake(
            f"{_said(word)} is not a cap. A cap is a whole number of credits from 0 to"
            f" {MAX_CREDITS:,}, none or default, as in: 500 monthly{suggest_word(known, _WORDS)}"
        )
    return amount


def _grant(scope: Named, words: list[str]) -> AddGrant:
    if scope is Workspace.WORKSPACE:
        raise Mistake("A grant goes to a channel, as in: grant 50 #channel")
    amount = credits_of(words[0]) if words else None
    if amount is None or not 1 <= amount <= MAX_CREDITS:
        said = f"{_said(words[0])} is no amount to grant. " if words else ""
        raise Mistake(
            f"{said}A grant is a whole number of credits from 1 to {MAX_CREDITS:,}, as in: grant 50"
        )
    words, channel, until = words[1:], scope, None
    while words:
        if channel is None and (channel := _channel(words[0])):
            words = words[1:]
        elif until is None and words[0].casefold() == "until":
            until, words = _date(words[1:2]), words[2:]
        else:
            break
    return AddGrant(amount, channel, until, _reason(unescape(" ".join(words))))


def _reason(text: str) -> str:
    if len(text) > MAX_REASON:
        raise Mistake(f"The reason has {len(text)} characters. At most {MAX_REASON} are allowed.")
    return text


def credits_of(word: str) -> Credits | None:
    """A whole number, plain or in groups of three: 1000, 1,000 or 1_000; None for anything else."""
    if not re.fullmatch(
        r"[0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5}|[0-9]{1,3}(?:_[0-9]{3}){1,5}", word
    ):
        return None
    return Credits(int(word.replace(",", "")))


def _date(words: list[str]) -> date:
    said = " ".join(words)
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", said):
            return date.fromisoformat(said)
    except ValueError:
        pass
    wrong = f"{_said(said)} is not a date. " if said else ""
    raise Mistake(f"{wrong}Write a date after until, as in 2026-12-31")


def _last(command: _T, words: list[str]) -> _T:
    """The command, if no words are left over."""
    if words:
        left = _said(*words)
        raise Mistake(f"I do not understand {left} at the end. For all commands: help")
    return command


def _said(*words: str) -> str:
    """Words as they were typed, short enough to be named in a sentence."""
    said = unescape(" ".join(words))
    return said if len(said) <= MAX_VALUE else said[:MAX_VALUE] + "…"
