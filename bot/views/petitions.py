"""What admins are asked, and what their deciding click is answered. Pure.

Names of people and channels are mentions, which Slack makes readable; reasons and prompts are
untrusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bot.core.budget import BudgetStatus, tightest
from bot.core.job import Credits, Job
from bot.core.petition import Petition, Verdict, Wish
from bot.views.budget_status import PERIOD_WORDS, capital, where, whose
from bot.views.kit import (
    Message,
    actions,
    context,
    credits_,
    day_month,
    moment,
    quoted,
    section,
    words,
)
from bot.views.petition_buttons import petition_buttons

IN_TIME = {Wish.MORE: "seven days", Wish.APPROVAL: "24 hours"}


def petition(asked: Petition, job: Job | None, statuses: Sequence[BudgetStatus]) -> Message:
    """What an admin is asked; once it is decided, how it ended, without its buttons."""
    headline = _headline(asked)
    blocks = [section(headline)]
    if job is not None and job.request.prompt:
        price = f" · {credits_(job.price.credits)}" if asked.wish is Wish.MORE else ""
        blocks.append(section(f"For {quoted(job.request.prompt)}{price}"))
    if asked.why:
        blocks.append(words(f"Why: {asked.why}"))
    if asked.verdict is not Verdict.OPEN:
        ended = outcome(asked)
        blocks.append(section(f"*{ended}*"))
        if asked.answer:
            blocks.append(words(f"Reason: {asked.answer}"))
        return Message(f"{headline} {ended}", tuple(blocks))
    states = "\n".join(_state(status) for status in _worth_knowing(statuses))
    blocks += [
        section(states),
        actions(petition_buttons(asked)),
        context(f"The first decision counts. Without one it lapses: {moment(asked.lapses)}."),
    ]
    return Message(headline, tuple(blocks))


def _headline(asked: Petition) -> str:
    amount = credits_(asked.credits)
    match asked.wish:
        case Wish.MORE:
            return f"<@{asked.asker}> asks for *{amount} more* in {where(asked.place.channel)}."
        case Wish.APPROVAL:
            asks = f"<@{asked.asker}> asks you to approve a picture for *{amount}*"
            held = " The credits are held meanwhile." if asked.verdict is Verdict.OPEN else ""
            return f"{asks} in {where(asked.place.channel)}.{held}"
        case _:
            assert_never(asked.wish)


def _worth_knowing(statuses: Sequence[BudgetStatus]) -> list[BudgetStatus]:
    """The channel's budget, and the tightest where that is another one."""
    channel = [one for one in statuses if one.scope.channel and not one.scope.user]
    least = tightest(statuses)
    return channel + [one for one in (least,) if one is not None and one not in channel]


def _state(status: BudgetStatus) -> str:
    used, cap = status.used, status.cap
    unknown = f" ({used.unknown:,} not known)" if used.unknown else ""
    limit = "cap none" if cap.limit is None else f"cap {cap.limit:,} {PERIOD_WORDS[cap.period]}"
    grants = f", grants {status.grants_total:,}" if status.grants_total else ""
    left = "no limit" if status.left is None else f"*{status.left:,} left*"
    paused = " · *paused*" if status.paused else ""
    return (
        f"{capital(whose(status.scope))}: {limit}{grants}, {used.charged:,} charged, "
        f"{used.held:,} held{unknown}, {left}, renews on {day_month(status.renews)}{paused}"
    )


def outcome(asked: Petition) -> str:
    """How a petition ended, for admins: one sentence of ours."""
    by, amount = f"<@{asked.by}>", credits_(asked.given or 0)
    match asked.verdict:
        case Verdict.GRANTED if asked.wish is Wish.APPROVAL:
            return f"Approved by {by}: {credits_(asked.credits)}, as held."
        case Verdict.GRANTED if not asked.given:
            return f"Nothing had to be granted: the budget covered it when {by} looked."
        case Verdict.GRANTED:
            return f"Granted {amount} by {by}."
        case Verdict.DECLINED:
            return f"Declined by {by}."
        case Verdict.LAPSED:
            return f"Lapsed: nobody decided within {IN_TIME[asked.wish]}."
        case Verdict.WITHDRAWN if asked.wish is Wish.APPROVAL:
            return f"Taken back: the {credits_(asked.credits)} held were released."
        case Verdict.WITHDRAWN:
            return "Not needed any more: taken back, or the picture was made meanwhile."
        case Verdict.OPEN:
            return "Nobody has decided yet."
        case _:
            assert_never(asked.verdict)


def already(asked: Petition) -> Message:
    """To whoever clicked second, or too late."""
    by = f"<@{asked.by}>"
    match asked.verdict:
        case Verdict.GRANTED if asked.wish is Wish.APPROVAL:
            first = f"{by} approved it already."
        case Verdict.GRANTED:
            first = f"{by} granted it already."
        case Verdict.DECLINED:
            first = f"{by} declined it already."
        case Verdict.WITHDRAWN:
            first = "It is not needed any more."
        case Verdict.LAPSED | Verdict.OPEN:  # its time is over, though nobody has noted it yet
            first = f"It has lapsed: nobody decided within {IN_TIME[asked.wish]}."
        case _:
            assert_never(asked.verdict)
    return _plain(f"{first} Nothing was changed.")


def granted(
    asked: Petition, given: Sequence[tuple[BudgetStatus, Credits]], short: Sequence[BudgetStatus]
) -> Message:
    """To the admin: what was granted to which budget, and which still do not cover the picture."""
    parts = [
        f"Granted {credits_(amount)} to {whose(one.scope)}, until {day_month(one.span.last)}."
        for one, amount in given
    ] or ["The budget covers the picture now, so nothing was granted."]
    parts += [
        f"It is not enough for the picture: {whose(one.scope)} has {max(one.left or 0, 0):,} left."
        for one in short
    ]
    return _plain(f"{' '.join(parts)} <@{asked.asker}> is told.")


def approved(asked: Petition) -> Message:
    """To the admin who approved."""
    amount = credits_(asked.credits)
    return _plain(
        f"Approved: the {amount} stay held, and the picture goes to {where(asked.place.channel)}. "
        f"<@{asked.asker}> is told."
    )


def declined(asked: Petition) -> Message:
    """To the admin who declined."""
    released = f" The {credits_(asked.credits)} held for it were released."
    told = f"<@{asked.asker}> is told."
    return _plain(f"Declined.{released if asked.wish is Wish.APPROVAL else ''} {told}")


def not_needed() -> Message:
    """To the admin who would have granted credits for a picture that is no offer any more."""
    return _plain(
        "It is not needed any more: the picture was made or cancelled meanwhile. "
        "Nothing was granted."
    )


def _plain(text: str) -> Message:
    return Message(text, (section(text),))
