"""The form of a budget: caps, who may spend, what waits for an admin, when admins hear. Pure.

What it showed when it was opened rides in the view's `private_metadata`: only what differs from
that is written, so that two admins do not undo each other's changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.core.budget import EVERYBODY, Cap, Standing
from bot.core.job import ChannelId, Ts
from bot.core.limits import DEFAULT, Defaults, Field, Limits, Texts, texts
from bot.core.payload import pack
from bot.core.periods import Period
from bot.core.policy import Policy, Spenders
from bot.core.what_if import WhatIf
from bot.views import names
from bot.views.budget import PERIOD_WORDS
from bot.views.dates import day_month
from bot.views.kit import Block, asks, context, option, plain, section

WHAT_IF = "what_if"  # the block that says what the caps would have refused
AMOUNT = 20  # characters of an amount
PERCENTS = 100  # characters of all levels
NAMED = 20  # people whose own caps are named
FIRST = "Change a cap to see here what it would have refused last month."
UNREADABLE = "What it would have refused last month is shown here once every cap can be read."
TOO_SLOW = "What it would have refused last month could not be looked up in time."

SPENDER_WORDS = {
    Spenders.ADMINS: "only admins",
    Spenders.MEMBERS: "members",
    Spenders.EVERYONE: "everyone, also guests and people from other workspaces",
}


@dataclass(frozen=True, slots=True)
class BudgetNote:
    """What a form's `private_metadata` holds."""

    channel: ChannelId | None  # whose budget it is; None: the workspace's
    shown: Texts  # by the form, when it was opened
    clicked: ChannelId | None = None  # where the answer is shown; None: App Home
    thread: Ts | None = None


def view(
    note: BudgetNote, limits: Limits, defaults: Defaults, standing: Standing, workspace: Policy
) -> dict[str, Any]:
    """The modal as it is opened. `workspace` is the policy that counts beside a channel's own."""
    shown = texts(limits, defaults)
    blocks = [
        _stands(standing),
        _text(Field.CAP, "Cap, in credits", shown, _cap_hint(defaults), dispatch=True),
        _period(Field.PERIOD, "The cap renews", shown),
        _what_if(FIRST),
        *(_people(limits, shown) if note.channel is not None else ()),
        _text(Field.APPROVE, "An admin approves from, in credits", shown, _approve_hint(workspace)),
        _text(
            Field.LEVELS,
            "Admins are told at, in percent of the budget",
            shown,
            _levels_hint(defaults),
        ),
        _spenders(shown, defaults),
    ]
    return _modal(pack(note), blocks)


def with_what_if(note: str, blocks: Iterable[Block], sentence: str) -> dict[str, Any]:
    """The modal as it is on the screen, with another sentence on what would have been refused."""
    return _modal(
        note,
        [_what_if(sentence) if block.get("block_id") == WHAT_IF else block for block in blocks],
    )


def refusals(seen: WhatIf, *, several: bool) -> str:
    """What caps would have refused last month; `several`: more than one cap was looked at."""
    if not seen.asked:
        return "Nothing was asked for here last month."
    caps = "these caps" if several else "this cap"
    if not seen.refused:
        return f"With {caps}, last month nothing would have been refused."
    requests = "1 request" if seen.refused == 1 else f"{seen.refused:,} requests"
    people = "1 person" if seen.people == 1 else f"{seen.people:,} people"
    return f"With {caps}, last month {requests} by {people} would have been refused."


def action(field: Field) -> str:
    """The action_id of a field."""
    return f"{names.LIMIT}{field}"


def cap_words(cap: Cap) -> str:
    """A cap as people read it; none and 0 read differently."""
    if cap.limit is None:
        return f"none {PERIOD_WORDS[cap.period]}"
    nothing = " (nothing is allowed)" if cap.limit == 0 else ""
    return f"{cap.limit:,} {PERIOD_WORDS[cap.period]}{nothing}"


def budget_of(channel: ChannelId | None) -> str:
    """Whose budget, in mrkdwn."""
    return "Image budget of " + ("the workspace" if channel is None else f"<#{channel}>")


def _modal(note: str, blocks: list[Block]) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": names.BUDGET_FORM,
        "private_metadata": note,
        "title": plain("Image budget"),
        "submit": plain("Save"),
        "close": plain("Cancel"),
        "blocks": blocks,
    }


def _stands(standing: Standing) -> Block:
    used = standing.used
    unknown = f" ({used.unknown:,} not known)" if used.unknown else ""
    grants = f", grants {standing.grants_total:,}" if standing.grants_total else ""
    left = "unlimited" if standing.left is None else f"{standing.left:,}"
    return section(
        f"*{budget_of(standing.scope.channel)}*\n"
        f"Now: cap {cap_words(standing.cap)}{grants}; charged {used.charged:,}, "
        f"held {used.held:,}{unknown}, left {left}. Renews on {day_month(standing.renews)}."
    )


def _cap_hint(defaults: Defaults) -> str:
    usual = f", or default ({cap_words(defaults.cap)})" if defaults.settable else ""
    return f"A whole number, none (no cap), 0 (nothing is allowed){usual}."


def _approve_hint(workspace: Policy) -> str:
    told = "Prices from here on are held until an admin approves. Empty: nothing waits."
    if workspace.approve_from is None:
        return told
    return f"{told} For the whole workspace it is {workspace.approve_from:,}: the lower one counts."


def _levels_hint(defaults: Defaults) -> str:
    usual = ", ".join(map(str, defaults.levels)) or "nobody is told"
    return f"Numbers with commas between, or default ({usual}). Empty: nobody is told."


def _people(limits: Limits, shown: Texts) -> list[Block]:
    """The caps of people: each one's, and that of somebody who has their own."""
    own = {user: cap for user, cap in limits.people.items() if user != EVERYBODY}
    named = [f"<@{user}> {cap_words(cap)}" for user, cap in list(own.items())[:NAMED]]
    more = f" and {len(own) - NAMED} more" if len(own) > NAMED else ""
    return [
        _text(
            Field.EACH,
            "Cap of each person in this channel, in credits",
            shown,
            "A whole number, none or 0. It counts beside the channel's cap.",
            dispatch=True,
        ),
        _period(Field.EACH_PERIOD, "Each person's cap renews", shown),
        *([context(f"Caps of their own: {'; '.join(named)}{more}.")] if own else []),
        _input(
            Field.PERSON,
            "Give one person a cap of their own",
            {"type": "users_select", "placeholder": plain("Nobody")},
            optional=True,
            dispatch=True,
        ),
        _text(
            Field.OWN,
            "Their cap in this channel, in credits",
            shown,
            "A whole number, none, 0, or default (that of each person).",
            optional=True,
            dispatch=True,
        ),
        _period(Field.OWN_PERIOD, "Their cap renews", shown),
    ]


def _spenders(shown: Texts, defaults: Defaults) -> Block:
    options = [
        option(f"Default: {SPENDER_WORDS[defaults.spenders]}", DEFAULT),
        *(option(word[0].upper() + word[1:], one) for one, word in SPENDER_WORDS.items()),
    ]
    chosen = next(one for one in options if one["value"] == shown[Field.SPENDERS])
    element = {"type": "radio_buttons", "options": options, "initial_option": chosen}
    return _input(Field.SPENDERS, "Who may spend", element)


def _text(
    field: Field,
    label: str,
    shown: Texts,
    hint: str,
    *,
    optional: bool = False,
    dispatch: bool = False,
) -> Block:
    length = PERCENTS if field is Field.LEVELS else AMOUNT
    element: Block = {"type": "plain_text_input", "max_length": length}
    if shown.get(field):
        element["initial_value"] = shown[field]
    if dispatch:
        element["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    empty = optional or field in {Field.APPROVE, Field.LEVELS}
    return _input(field, label, element, optional=empty, dispatch=dispatch, hint=hint)


def _period(field: Field, label: str, shown: Texts) -> Block:
    options = [option(f"Every {period}", period) for period in Period]
    chosen = next(one for one in options if one["value"] == shown[field])
    element = {"type": "static_select", "options": options, "initial_option": chosen}
    return _input(field, label, element, dispatch=True)


def _input(field: Field, label: str, element: Block, **more: Any) -> Block:
    return asks(label, {**element, "action_id": action(field)}, block=field.value, **more)


def _what_if(sentence: str) -> Block:
    return {**section(sentence), "block_id": WHAT_IF}
