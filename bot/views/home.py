"""App Home: one's own use, running and recent images, settings; for admins their part too. Pure.

A Home has at most 100 blocks. In the admins' part the channels with most use have buttons, the next
ones a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.budget import BudgetStatus
from bot.core.job import ChannelId, is_direct
from bot.core.person import Amount, OwnUse, Preferences
from bot.core.report import Drift, Unknown
from bot.core.requests import ApprovalRequest, RequestKind
from bot.views import names, person, result
from bot.views.budget_status import PERIOD_WORDS, capitalise, left_words, name_place
from bot.views.kit import (
    SECTION,
    Block,
    actions,
    ask_before,
    button,
    context,
    credits_,
    day_month,
    escape,
    header,
    moment,
    quote,
    section,
)
from bot.views.requests import decision_buttons
from bot.views.result import HistoryEntry

NEWEST = 8  # requests that are listed
CHANNELS = 10  # of one's own that are listed
PROMPT = 150  # characters of a prompt or a reason


@dataclass(frozen=True, slots=True)
class Home:
    """What somebody's App Home shows."""

    own: OwnUse
    preferences: Preferences
    newest: tuple[HistoryEntry, ...]  # what they confirmed, newest first
    desk: Desk | None = None  # for admins


def render_home(shown: Home) -> Block:
    """The view, within Slack's 100 blocks."""
    blocks = [
        header("Your images"),
        actions(
            [
                button("Create an image", names.CREATE, "", primary=True),
                button("Settings…", names.SETTINGS, ""),
            ]
        ),
        context(escape(person.settings_words(shown.preferences))),
        section(f"*This month, in credits*\n{_this_month(shown.own)}"),
        *person.render_months(shown.own),
        context(person.USE_WORDS),
        *_requests(shown.newest),
    ]
    if shown.desk is not None:
        blocks += [{"type": "divider"}, *render_desk(shown.desk)]
    return {"type": "home", "blocks": blocks}


def _this_month(own: OwnUse) -> str:
    lines = [f"Everywhere: {person.amount_words(own.everywhere)}"]
    lines += [_in_channel(channel, amount) for channel, amount in own.channels[:CHANNELS]]
    if len(own.channels) > CHANNELS:
        lines.append(f"And in {len(own.channels) - CHANNELS} more.")
    return "\n".join(lines)


def _in_channel(channel: ChannelId, amount: Amount) -> str:
    there = "With Easel alone" if is_direct(channel) else f"In {name_place(channel)}"
    return f"{there}: {person.amount_words(amount)}"


def _requests(entries: Sequence[HistoryEntry]) -> list[Block]:
    if not entries:
        return [section("You have not made an image yet. Try `/image a red fox` in a channel.")]
    blocks: list[Block] = []
    running = [one for one in entries if result.is_under_way(one.job)]
    recent = [one for one in entries if not result.is_under_way(one.job)]
    for heading, members in (("Running", running), ("Recent", recent)):
        if members:
            blocks += [section(f"*{heading}*"), *map(_line, members)]
    return blocks


def _line(entry: HistoryEntry) -> Block:
    job = entry.job
    prompt = quote(job.request.prompt, PROMPT) if job.request.prompt else "_erased_"
    facts = [
        result.describe_state(job),
        "with Easel alone" if job.place.is_direct else name_place(job.place.channel),
        moment(job.created),
    ]
    if entry.link is not None:
        facts.append(f"<{escape(entry.link)}|Open>")
    return section(f"{prompt}\n{' · '.join(facts)}")


# The part of admins


BUTTONS = 15  # channels with buttons, two blocks each
LINES = 85  # channels with a line
REQUESTS = 8  # requests that are shown, two blocks each
UNKNOWN = 6  # holds that are not known and can be decided here, two blocks each


@dataclass(frozen=True, slots=True)
class Desk:
    """What admins see beside their own; the lists are cut already, the numbers are of all."""

    workspace: BudgetStatus
    channels: tuple[BudgetStatus, ...]  # those with most use this month first
    channels_in_all: int
    requests: tuple[tuple[ApprovalRequest, str], ...]  # oldest first, each with its prompt
    requests_in_all: int
    unknown: tuple[Unknown, ...]  # oldest first
    drift: Drift


def render_desk(shown: Desk) -> list[Block]:
    """The blocks, at most 80 of them."""
    return [
        header("For admins"),
        *_open_requests(shown),
        *_budgets(shown),
        *_ledger(shown),
    ]


def _open_requests(shown: Desk) -> list[Block]:
    blocks: list[Block] = [section(f"*Open requests:* {shown.requests_in_all or 'none'}")]
    for asked, prompt in shown.requests[:REQUESTS]:
        blocks += [section(_asks(asked, prompt)), actions(decision_buttons(asked))]
    if (more := shown.requests_in_all - REQUESTS) > 0:
        blocks.append(context(f"And {more} more; they come up here as these are decided."))
    return blocks


def _asks(asked: ApprovalRequest, prompt: str) -> str:
    where = _name(asked.place.channel)
    if asked.kind is RequestKind.APPROVAL:
        text = f"<@{asked.asker}> waits for approval of {credits_(asked.credits)} in {where}"
    else:
        text = f"<@{asked.asker}> asks for {credits_(asked.credits)} more in {where}"
    said = (("For", prompt), ("Why:", asked.why))
    told = [f"{word} {quote(words, PROMPT)}" for word, words in said if words]
    times = f"Asked {moment(asked.asked)}, lapses {moment(asked.lapses)}"
    return "\n".join((text, *told, times))


def _budgets(shown: Desk) -> list[Block]:
    with_buttons, others = shown.channels[:BUTTONS], shown.channels[BUTTONS : BUTTONS + LINES]
    blocks = [section("*Budgets, in credits*")]
    for status in (shown.workspace, *with_buttons):
        blocks += [section(_budget(status)), actions(_controls(status))]
    blocks += map(section, _packed([_budget(status, brief=True) for status in others]))
    if others:
        blocks.append(context("`/image-quota #channel …` changes those without buttons."))
    if (more := shown.channels_in_all - len(with_buttons) - len(others)) > 0:
        blocks.append(context(f"And {more} more: `easel quota list`"))
    return blocks


def _budget(status: BudgetStatus, *, brief: bool = False) -> str:
    """One budget, each number behind its word; on one line if it is brief."""
    used, cap = status.used, status.cap
    facts = [
        "Cap none" if cap.limit is None else f"Cap {cap.limit:,} {PERIOD_WORDS[cap.period]}",
        *([f"Grants {status.grants_total:,}"] if status.grants_total else []),
        f"Charged {used.charged:,}",
        f"Held {used.held:,}" + (f" ({used.unknown:,} not known yet)" if used.unknown else ""),
        f"Left {left_words(status)}",
        f"Renews {day_month(status.renews)}",
    ]
    name = _name(status.scope.channel) + (" · *paused*" if status.paused else "")
    return f"{name}{': ' if brief else chr(10)}{' · '.join(facts)}"


def _name(channel: ChannelId | None) -> str:
    return "*The workspace*" if channel is None else capitalise(name_place(channel))


def _controls(status: BudgetStatus) -> list[Block]:
    channel = status.scope.channel or ""
    switch = names.RESUME if status.paused else names.PAUSE
    return [
        button("Change…", _action(names.BUDGET, channel), channel),
        button(switch.capitalize(), _action(switch, channel), channel),
    ]


def _action(name: str, about: str) -> str:
    """Of its own in this view; the handler goes by how it begins."""
    return f"{name}_{about}" if about else name


def _ledger(shown: Desk) -> list[Block]:
    blocks = [section(f"*Drift this month:* {_drift(shown.drift)}")]
    if not shown.unknown:
        return [*blocks, section("*Not known yet:* nothing")]
    total = credits_(sum(one.credits for one in shown.unknown))
    blocks.append(section(f"*Not known yet:* {total}, held until Pixapi or an admin says more"))
    for one in shown.unknown[:UNKNOWN]:
        blocks += [section(_hold(one)), actions(_ways_out(one))]
    if (more := len(shown.unknown) - UNKNOWN) > 0:
        blocks.append(context(f"And {more} more: `easel jobs list`"))
    return blocks


def _hold(one: Unknown) -> str:
    return (
        f"{credits_(one.credits)} held since {moment(one.since)} for <@{one.asker}> in "
        f"{_name(one.channel)}, job `{one.job}`"
    )


def _ways_out(one: Unknown) -> list[Block]:
    """An end of a hold stays: each is asked for twice."""
    held = credits_(one.credits)
    return [
        ask_before(
            button("Release", _action(names.RELEASE, one.job), one.job),
            title="Was nothing spent?",
            question=f"If Pixapi's bill does not have it: the {held} held for it are free again.",
            yes="Release",
        ),
        ask_before(
            button(f"Charge {one.credits:,}", _action(names.CHARGE, one.job), one.job),
            title="Was it spent?",
            question=f"If Pixapi's bill has it: {held} charged, though no picture came. "
            "For another amount: easel jobs settle.",
            yes="Charge",
        ),
    ]


def _drift(drift: Drift) -> str:
    if not drift.jobs:
        return "none, Pixapi charged what the price table says"
    requests = "1 request" if drift.jobs == 1 else f"{drift.jobs:,} requests"
    if not drift.credits:
        return f"Pixapi and the price table differ on {requests}; in sum it comes to the same"
    word = "more" if drift.credits > 0 else "less"
    return f"Pixapi charged {credits_(abs(drift.credits))} {word} than the table, on {requests}"


def _packed(lines: Sequence[str]) -> Iterable[str]:
    """Lines in as few sections as hold them."""
    held: list[str] = []
    for line in lines:
        if held and len("\n".join((*held, line))) > SECTION:
            yield "\n".join(held)
            held = []
        held.append(line)
    if held:
        yield "\n".join(held)
