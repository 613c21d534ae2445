"""The form of a budget, and what an admin is told after sending it. Pure.

What it showed when it was opened rides in the view's `private_metadata`: only what differs from
that is written, so that two admins do not undo each other's changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.budget import EVERYBODY, BudgetStatus, Cap
from bot.core.job import ChannelId, Credits, Ts, UserId
from bot.core.limits import (
    DEFAULT,
    LimitDefaults,
    LimitField,
    Limits,
    Policy,
    Spenders,
    Texts,
    WhatIf,
    form_texts,
)
from bot.core.payload import pack
from bot.core.periods import Period
from bot.views import names
from bot.views.budget_status import (
    budget_title,
    cap_words,
    capitalise,
    held_words,
    left_words,
    name_budget,
)
from bot.views.kit import (
    Block,
    Message,
    context,
    credits_,
    day_month,
    form_field,
    option,
    plain,
    section,
)

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


def render_form(
    note: BudgetNote,
    limits: Limits,
    defaults: LimitDefaults,
    status: BudgetStatus,
    workspace: Policy,
) -> dict[str, Any]:
    """The modal as it is opened. `workspace` is the policy that counts beside a channel's own."""
    shown = form_texts(limits, defaults)
    blocks = [
        _stands(status),
        _text(LimitField.CAP, "Cap, in credits", shown, _cap_hint(defaults), dispatch=True),
        _period(LimitField.PERIOD, "The cap renews", shown),
        _what_if(FIRST),
        *(_people(limits, shown) if note.channel is not None else ()),
        _text(
            LimitField.APPROVE,
            "An admin approves from, in credits",
            shown,
            _approve_hint(workspace),
        ),
        _text(
            LimitField.LEVELS,
            "Admins are told at, in percent of the budget",
            shown,
            _levels_hint(defaults),
        ),
        _spenders(shown, defaults),
    ]
    return _modal(pack(note), blocks)


def replace_what_if(note: str, blocks: Iterable[Block], sentence: str) -> dict[str, Any]:
    """The modal as it is on the screen, with another sentence on what would have been refused."""
    return _modal(
        note,
        [_what_if(sentence) if block.get("block_id") == WHAT_IF else block for block in blocks],
    )


def describe_refused(seen: WhatIf, *, several: bool) -> str:
    """What caps would have refused last month; `several`: more than one cap was looked at."""
    if not seen.asked:
        return "Nothing was asked for here last month."
    caps = "these caps" if several else "this cap"
    if not seen.refused:
        return f"With {caps}, last month nothing would have been refused."
    requests = "1 request" if seen.refused == 1 else f"{seen.refused:,} requests"
    people = "1 person" if seen.people == 1 else f"{seen.people:,} people"
    return f"With {caps}, last month {requests} by {people} would have been refused."


def action_id(field: LimitField) -> str:
    """The action_id of a field."""
    return f"{names.LIMIT}{field}"


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


def _stands(status: BudgetStatus) -> Block:
    used = status.used
    grants = f", grants {status.grants_total:,}" if status.grants_total else ""
    return section(
        f"{budget_title(status.scope.channel)}\n"
        f"Now: cap {cap_words(status.cap)}{grants}; charged {used.charged:,}, held "
        f"{held_words(used)}, left {left_words(status)}. Renews on {day_month(status.renews)}."
    )


def _cap_hint(defaults: LimitDefaults) -> str:
    usual = f", or default ({cap_words(defaults.cap)})" if defaults.settable else ""
    return f"A whole number, none (no cap), 0 (nothing is allowed){usual}."


def _approve_hint(workspace: Policy) -> str:
    told = "Prices from here on are held until an admin approves. Empty: nothing waits."
    if workspace.approve_from is None:
        return told
    return f"{told} For the whole workspace it is {workspace.approve_from:,}: the lower one counts."


def _levels_hint(defaults: LimitDefaults) -> str:
    usual = ", ".join(map(str, defaults.levels)) or "nobody is told"
    return f"Numbers with commas between, or default ({usual}). Empty: nobody is told."


def _people(limits: Limits, shown: Texts) -> list[Block]:
    """The caps of people: each one's, and that of somebody who has their own."""
    own = {user: cap for user, cap in limits.people.items() if user != EVERYBODY}
    named = [f"<@{user}> {cap_words(cap)}" for user, cap in list(own.items())[:NAMED]]
    more = f" and {len(own) - NAMED} more" if len(own) > NAMED else ""
    return [
        _text(
            LimitField.EACH,
            "Cap of each person in this channel, in credits",
            shown,
            "A whole number, none or 0. It counts beside the channel's cap.",
            dispatch=True,
        ),
        _period(LimitField.EACH_PERIOD, "Each person's cap renews", shown),
        *([context(f"Caps of their own: {'; '.join(named)}{more}.")] if own else []),
        _input(
            LimitField.PERSON,
            "Give one person a cap of their own",
            {"type": "users_select", "placeholder": plain("Nobody")},
            optional=True,
            dispatch=True,
        ),
        _text(
            LimitField.OWN,
            "Their cap in this channel, in credits",
            shown,
            "A whole number, none, 0, or default (that of each person).",
            optional=True,
            dispatch=True,
        ),
        _period(LimitField.OWN_PERIOD, "Their cap renews", shown),
    ]


def _spenders(shown: Texts, defaults: LimitDefaults) -> Block:
    options = [
        option(f"Default: {SPENDER_WORDS[defaults.spenders]}", DEFAULT),
        *(option(word[0].upper() + word[1:], one) for one, word in SPENDER_WORDS.items()),
    ]
    chosen = next(one for one in options if one["value"] == shown[LimitField.SPENDERS])
    element = {"type": "radio_buttons", "options": options, "initial_option": chosen}
    return _input(LimitField.SPENDERS, "Who may spend", element)


def _text(
    field: LimitField,
    label: str,
    shown: Texts,
    hint: str,
    *,
    optional: bool = False,
    dispatch: bool = False,
) -> Block:
    length = PERCENTS if field is LimitField.LEVELS else AMOUNT
    element: Block = {"type": "plain_text_input", "max_length": length}
    if shown.get(field):
        element["initial_value"] = shown[field]
    if dispatch:
        element["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    empty = optional or field in {LimitField.APPROVE, LimitField.LEVELS}
    return _input(field, label, element, optional=empty, dispatch=dispatch, hint=hint)


def _period(field: LimitField, label: str, shown: Texts) -> Block:
    options = [option(f"Every {period}", period) for period in Period]
    chosen = next(one for one in options if one["value"] == shown[field])
    element = {"type": "static_select", "options": options, "initial_option": chosen}
    return _input(field, label, element, dispatch=True)


def _input(field: LimitField, label: str, element: Block, **more: Any) -> Block:
    return form_field(label, {**element, "action_id": action_id(field)}, block=field.value, **more)


def _what_if(sentence: str) -> Block:
    return {**section(sentence), "block_id": WHAT_IF}


# What became of it


def render_saved(
    channel: ChannelId | None,
    before: Limits,
    after: Limits,
    defaults: LimitDefaults,
    statuses: Sequence[BudgetStatus],
) -> Message:
    """The answer to the form. `statuses` are those whose caps were changed, as they are now."""
    lines = [*_caps(before, after, defaults), *_policy(before.policy, after.policy, defaults)]
    if not lines:
        return _message(
            f"{budget_title(channel)}\nNothing was changed: all of it stood so already."
        )
    told = [f"{budget_title(channel)}", *lines, "It counts for the very next click."]
    told += [_over(one) for one in statuses if one.left is not None and one.left < 0]
    if _is_lower(before.people.get(EVERYBODY), after.people.get(EVERYBODY)):
        told.append(
            "Whoever has used more than the new cap of each person keeps it, and makes nothing "
            "new until that cap renews or is higher."
        )
    return _message("\n".join(told))


def _caps(before: Limits, after: Limits, defaults: LimitDefaults) -> Iterator[str]:
    usual = cap_words(defaults.cap)
    if defaults.settable:
        usual = f"the default ({usual})"
    if before.cap != after.cap:
        yield _line("Cap", _cap(before.cap, usual), _cap(after.cap, usual))
    for user in sorted(before.people.keys() | after.people.keys()):
        was, now = before.people.get(user), after.people.get(user)
        if was != now:
            whose_cap, none = _person(user)
            yield _line(f"Cap of {whose_cap}", _cap(was, none), _cap(now, none))


def _person(user: UserId) -> tuple[str, str]:
    """Whose cap it is, and what counts where it is not set."""
    return ("each person", "none") if user == EVERYBODY else (f"<@{user}>", "that of each person")


def _policy(before: Policy, after: Policy, defaults: LimitDefaults) -> Iterator[str]:
    for what, was, now in (
        ("An admin approves", _approval(before.approve_from), _approval(after.approve_from)),
        ("Admins are told at", _levels(before.levels, defaults), _levels(after.levels, defaults)),
        ("Who may spend", _who(before.spenders, defaults), _who(after.spenders, defaults)),
    ):
        if was != now:
            yield _line(what, was, now)


def _line(what: str, was: str, now: str) -> str:
    return f"{what}: {now}; before: {was}."


def _cap(cap: Cap | None, unset: str) -> str:
    return unset if cap is None else cap_words(cap)


def _approval(level: Credits | None) -> str:
    return "nothing" if level is None else f"prices from {credits_(level)} on"


def _levels(levels: tuple[int, ...] | None, defaults: LimitDefaults) -> str:
    if levels is None:
        return f"the default ({_percents(defaults.levels)})"
    return _percents(levels)


def _percents(levels: tuple[int, ...]) -> str:
    return f"{', '.join(map(str, levels))} %" if levels else "nothing: nobody is told"


def _who(spenders: Spenders | None, defaults: LimitDefaults) -> str:
    if spenders is None:
        return f"the default ({SPENDER_WORDS[defaults.spenders]})"
    return SPENDER_WORDS[spenders]


def _over(status: BudgetStatus) -> str:
    used = status.used
    scope = status.scope
    return (
        f":warning: {capitalise(name_budget(scope))}: {credits_(used.charged + used.held)} are "
        "charged and held already, more than it has now. Nothing is taken back, and nothing new "
        f"is possible until {day_month(status.renews)} or a higher cap."
    )


def _is_lower(before: Cap | None, after: Cap | None) -> bool:
    """Whether each person's cap has become one, or a lower one."""
    if after is None or after.limit is None or before == after:
        return False
    return before is None or before.limit is None or after.limit < before.limit


def _message(text: str) -> Message:
    return Message(text, (section(text),))
