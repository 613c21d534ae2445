"""The quota card. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.core.budget import BudgetStatus, Grant, Scope
from bot.core.catalogue import Model
from bot.core.job import ChannelId, Place, is_direct
from bot.core.limits import Policies, Spenders
from bot.core.periods import Period
from bot.core.report import NOBODY, DayUse, Ranking, RecentUse, Share, find_biggest_day
from bot.views import names
from bot.views.budget_status import (
    Reader,
    budget_numbers,
    budget_title,
    describe_forecast,
    describe_left_as_pictures,
    name_place,
)
from bot.views.kit import (
    MONTHS,
    Block,
    Message,
    actions,
    button,
    channel_cell,
    chart,
    context,
    credits_,
    day_month,
    number_cell,
    section,
    table,
)

BUDGETS = {
    Period.DAY: "A daily budget",
    Period.WEEK: "A weekly budget",
    Period.MONTH: "A monthly budget",
}
THIS_PERIOD = {Period.DAY: "today", Period.WEEK: "this week", Period.MONTH: "this month"}
GRANTS = 5  # that are shown each
USERS = 5  # people or channels that are named in words


@dataclass(frozen=True, slots=True)
class Card:
    """What the quota card shows to one person."""

    status: BudgetStatus
    today: date
    place: Place  # where it is shown
    is_admin: bool = False  # they see the controls
    model: Model | None = None  # what credits are counted in, as pictures
    days: tuple[DayUse, ...] = ()  # the last twenty, today's at the end
    lately: RecentUse | None = None  # None: not known, so nothing is foretold
    ranking: Ranking = NOBODY  # by use in the cap's period
    policies: Policies | None = None
    tightest: BudgetStatus | None = None  # of all budgets that apply to this person there
    workspace_paused: bool = False


def render_quota(card: Card, *, changed: bool = False) -> Message:
    """A budget's card: one number a line, the word first (a contract with scripts too)."""
    text = budget_numbers(card.status)
    tighter = _tighter(card)
    above = [
        section(_heading(card, changed=changed)),
        section(text),
        *_grants(card.status),
        *_states(card),
        section(_outlook(card)),
        *([_other(card, tighter)] if tighter else []),
    ]
    use = _by_use(card)
    below = [*_rules(card), *_buttons(card)]
    return Message(
        text,
        (*above, *_chart(card.days), *use, *_table(card), *below),
        plainer=(*above, *_bars(card.days), *use, *below),
    )


def _chart(days: Sequence[DayUse]) -> list[Block]:
    """The days as Slack's own chart, and in words; nothing where nothing was used."""
    said = describe_days(days)
    if not said:
        return []
    labels = [f"{one.day.day} {MONTHS[one.day.month - 1][:3]}" for one in days]
    series = {"Charged": [one.charged for one in days], "Held": [one.held for one in days]}
    shown = chart(
        f"Credits a day, the last {len(days)} days",
        labels,
        {name: amounts for name, amounts in series.items() if any(amounts)},
    )
    return [shown, context(f"The last {len(days)} days: {said}.")]


def _bars(days: Sequence[DayUse]) -> list[Block]:
    """The same where Slack has no charts."""
    said = describe_days(days)
    if not said:
        return []
    line = draw_bars([one.total for one in days])
    return [section(f"`{line}`\nThe last {len(days)} days, a bar a day, today last: {said}.")]


def _table(card: Card) -> list[Block]:
    """The workspace's channels as Slack's own table, which people sort and filter."""
    if card.status.scope.channel is not None or not card.ranking.top:
        return []
    rows = [
        [channel_cell(share.channel), number_cell(share.total), number_cell(share.held)]
        for share in card.ranking.top
    ]
    caption = f"Credits by channel, {THIS_PERIOD[card.status.cap.period]}"
    return [table(caption, ("Channel", "Credits", "of it held"), rows)]


def _heading(card: Card, *, changed: bool) -> str:
    """Whose budget it is; by its name after a change and where it is another channel's."""
    channel = card.status.scope.channel
    is_here = channel == card.place.channel and not changed
    done = "\nChanged. It counts for the very next click." if changed else ""
    return f"{budget_title(channel, Reader.HERE if is_here else Reader.OTHER)}{done}"


def _grants(status: BudgetStatus) -> list[Block]:
    """Each grant with its end."""
    lines = [_ends(grant) for grant in status.grants[:GRANTS]]
    if rest := status.grants[GRANTS:]:
        total = credits_(sum(grant.left for grant in rest))
        lines.append(f"And {len(rest):,} more with {total} left; they end later.")
    return [context("\n".join(lines))] if lines else []


def _ends(grant: Grant) -> str:
    left = credits_(grant.left)
    ends = f"{day_month(grant.ends)} {grant.ends.year}"
    return f"A grant has {left} left, until {ends}; it is used before the cap."


def _states(card: Card) -> list[Block]:
    """What stops new pictures here, whatever the numbers say."""
    status = card.status
    sentences = []
    if status.paused:
        sentences.append("*Paused*: an admin has stopped new pictures for now.")
    elif card.workspace_paused:
        sentences.append("*Paused*: an admin has stopped new pictures in the whole workspace.")
    if status.left is not None and status.left <= 0:
        sentences.append(_exhausted(status, status.left))
    if sentences and status.used.held:
        sentences.append("What is held goes on.")
    return [section(" ".join(sentences))] if sentences else []


def _exhausted(status: BudgetStatus, left: int) -> str:
    if status.cap.limit == 0:
        return "Nothing is allowed here: the cap is 0."
    until = f"nothing new is possible until {day_month(status.renews)}"
    if left < 0:
        return f"*More is charged and held than is allowed now*: {until}."
    return f"*Used up*: {until}."


def _outlook(card: Card) -> str:
    """The period, the pace, what becomes of it, and what is left as pictures."""
    status = card.status
    sentences = [
        f"{BUDGETS[status.cap.period]}. Renews on {day_month(status.renews)}.",
        *(describe_forecast(status, card.lately, card.today) if card.lately else []),
    ]
    if card.model is not None and _tighter(card) is None:
        sentences += describe_left_as_pictures(status.left, card.model)
    return " ".join(sentences)


def _tighter(card: Card) -> BudgetStatus | None:
    """Another budget that leaves this person less than the one that is shown."""
    other, shown = card.tightest, card.status
    if other is None or other.left is None or other.scope == shown.scope:
        return None
    return other if shown.left is None or other.left < shown.left else None


def _other(card: Card, tighter: BudgetStatus) -> Block:
    """The budget that ends first for this person, by its name."""
    left = credits_(max(tighter.left or 0, 0))
    sentence = (
        f"*Tighter for you*: {_whose(tighter.scope, card.place)} has {left} left; "
        f"it renews on {day_month(tighter.renews)}."
    )
    enough = describe_left_as_pictures(tighter.left, card.model) if card.model is not None else []
    return section(" ".join([sentence, *enough]))


def _whose(scope: Scope, place: Place) -> str:
    if scope.user is None:
        return "the workspace's budget"
    if scope.channel == place.channel or scope.channel is None:
        return "your own budget here"
    return f"your own budget in {name_place(scope.channel, Reader.AWAY)}"


def _by_use(card: Card) -> list[Block]:
    """Who used how much, so that it adds up. A mention pings nobody in an ephemeral message."""
    ranking = card.ranking.naming(card.ranking.top[:USERS])
    if not ranking.top:
        return []
    by = "channel" if card.status.scope.channel is None else "person"
    lines = [f"*By {by}, {THIS_PERIOD[card.status.cap.period]}*"]
    lines += [f"{_named(share)} {_amounts(share)}" for share in ranking.top]
    if ranking.others:
        others = "1 other" if ranking.others == 1 else f"{ranking.others:,} others"
        lines.append(f"and {others} {credits_(ranking.others_total)}")
    return [section("\n".join(lines))]


def _named(share: Share) -> str:
    """A channel or a person; Slack would show a direct message as an unknown channel."""
    if share.user is not None:
        return f"<@{share.user}>"
    return "direct messages" if is_direct(share.channel) else name_place(share.channel)


def _amounts(share: Share) -> str:
    held = f" ({share.held:,} of it held)" if share.held else ""
    return f"{credits_(share.total)}{held}"


SPENDERS = {
    Spenders.ADMINS: "only admins make pictures",
    Spenders.MEMBERS: "members make pictures, guests and people from other workspaces do not",
    Spenders.EVERYONE: "everybody makes pictures, guests and people from other workspaces too",
}


def _rules(card: Card) -> list[Block]:
    """What admins have said about approval and spenders; nothing where they have not."""
    policies = card.policies
    if policies is None:
        return []
    is_workspace = card.status.scope.channel is None
    sentences = []
    if policies.approve_from is not None:
        where = "In every channel" if is_workspace else "Here"
        sentences.append(
            f"{where}, what costs {credits_(policies.approve_from)} or more waits for an admin."
        )
    if policies.channel.spenders or policies.workspace.spenders:
        where = "Where a channel has no rule of its own" if is_workspace else "Here"
        sentences.append(f"{where}, {SPENDERS[policies.spenders]}.")
    return [context(" ".join(sentences))] if sentences else []


def _buttons(card: Card) -> list[Block]:
    scope = card.status.scope
    which = scope.channel or ""
    row = []
    if card.is_admin:
        row.append(button("Change…", names.BUDGET, which))
        if card.status.paused:
            row.append(button("Resume", names.RESUME, which))
        else:
            row.append(button("Pause", names.PAUSE, which))
    elif _may_ask(card, scope.channel):
        row.append(button("Ask for more", names.MORE, ""))
    return [actions(row)] if row else []


def _may_ask(card: Card, channel: ChannelId | None) -> bool:
    """Whether more could help: it is asked for the channel in which the card stands."""
    return channel == card.place.channel and card.tightest is not None


BARS = "▁▂▃▄▅▆▇█"
NOTHING = "·"


def draw_bars(amounts: Sequence[int]) -> str:
    """A character for each amount: a dot for none, the full bar for the largest of them."""
    most = max(amounts, default=0)
    return "".join(
        BARS[-(-amount * len(BARS) // most) - 1] if amount > 0 else NOTHING for amount in amounts
    )


def describe_days(days: Sequence[DayUse]) -> str:
    """The same as a chart or bars of the days until today, the last of them.

    Empty where nothing was used.
    """
    most = find_biggest_day(days)
    if most is None:
        return ""
    today = days[-1]
    idle = sum(1 for day in days if not day.total)
    said = f"most {_day(most, today)} ({credits_(most.total)})"
    if most is not today:
        said += f", today {today.total:,}"
    if idle:
        said += f", nothing on {idle} of {len(days)} days"
    return said


def _day(day: DayUse, today: DayUse) -> str:
    return "today" if day is today else f"on {day_month(day.day)}"
