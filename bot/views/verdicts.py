"""What the asker of a petition is told: that it was sent, and how it ended. Pure.

In their direct message with all of it; in the thread without what was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bot.core.budget import BudgetStatus, tightest
from bot.core.job import Job, JobState
from bot.core.petition import Petition, Verdict, Wish
from bot.views import names
from bot.views.budget_status import where, whose
from bot.views.kit import Block, Message, actions, button, credits_, quoted, section, words

SENT = (
    "The admins have been asked. What they decide comes to your direct message with Easel; "
    "if nobody decides within seven days, your request lapses. Nothing is held."
)
ASKED = (
    "You have asked the admins for this already, and they have not decided yet. "
    "Nothing was sent again."
)


def sent() -> Message:
    """To the asker: it is on its way."""
    return Message(SENT, (section(SENT),))


def asked_already() -> Message:
    """To somebody who asks twice for the same."""
    return Message(ASKED, (section(ASKED),))


def verdict(asked: Petition, job: Job | None, statuses: Sequence[BudgetStatus]) -> Message:
    """What its asker is told in their direct message."""
    text = _told(asked, job)
    card = _card(asked, job)
    if card:
        text += f" {_possible(job, statuses)}"
    blocks = [section(text)]
    if asked.answer:
        blocks.append(words(f"Reason: {asked.answer}"))
    return Message(text, (*blocks, *card))


def aloud(asked: Petition, job: Job | None, statuses: Sequence[BudgetStatus]) -> Message:
    """The same in the thread that it was asked in: neither the prompt nor any reason."""
    who, amount = f"<@{asked.asker}>", credits_(asked.given or asked.credits)
    match asked.verdict:
        case Verdict.GRANTED if not asked.given:
            text = f"{who}: the admins were asked for more credits; the budget covers it by now."
        case Verdict.GRANTED:
            text = f"{who}: an admin granted {amount}."
        case Verdict.DECLINED:
            text = f"{who}: an admin declined the request for {amount}. Nothing was held."
        case Verdict.LAPSED:
            text = f"{who}: no admin decided about {amount} within seven days. Nothing was held."
        case Verdict.OPEN | Verdict.WITHDRAWN:
            text = f"{who}: the request for {amount} is not open any more."
        case _:
            assert_never(asked.verdict)
    card = _card(asked, job)
    if card:
        text += f" {_possible(job, statuses)}"
    return Message(text, (section(text), *card))


def _told(asked: Petition, job: Job | None) -> str:
    """What became of it, and of the credits."""
    prompt = job.request.prompt if job is not None else ""
    subject = quoted(prompt) if prompt else where(asked.place.channel)
    amount, by = credits_(asked.credits), f"<@{asked.by}>"
    approval = asked.wish is Wish.APPROVAL
    released = f"You were not charged: the {amount} held for it were released."
    match asked.verdict:
        case Verdict.GRANTED if approval:
            return (
                f"{by} approved {subject}: {amount} stay held, "
                f"and the picture comes to {where(asked.place.channel)}."
            )
        case Verdict.GRANTED if not asked.given:
            return f"You asked for more credits for {subject}: the budget covers it by now."
        case Verdict.GRANTED:
            return f"{by} granted {credits_(asked.given or 0)} for {subject}."
        case Verdict.DECLINED if approval:
            return f"{by} declined {subject}. {released}"
        case Verdict.DECLINED:
            return f"{by} declined your request for {amount} for {subject}. Nothing was held."
        case Verdict.LAPSED if approval:
            return f"No admin approved {subject} within 24 hours. {released}"
        case Verdict.LAPSED:
            return (
                f"No admin decided within seven days about the {amount} that you asked for, for "
                f"{subject}. Nothing was held; you can ask again."
            )
        case Verdict.OPEN | Verdict.WITHDRAWN:
            return f"Your request for {amount} for {subject} is not open any more."
        case _:
            assert_never(asked.verdict)


def _card(asked: Petition, job: Job | None) -> list[Block]:
    """The way back to the card of a picture that credits were granted for."""
    if asked.verdict is not Verdict.GRANTED or asked.wish is not Wish.MORE:
        return []
    if job is None or job.state is not JobState.OFFERED:
        return []
    return [actions([button("Show the card", names.SHOW, str(names.Ref(job.id, job.revision)))])]


def _possible(job: Job | None, statuses: Sequence[BudgetStatus]) -> str:
    """Whether the picture can be made now: what is granted may go to another budget."""
    least = tightest(statuses)
    price = job.price.credits if job is not None else 0
    if any(status.paused for status in statuses):
        return "New pictures are paused here; it can be generated once an admin resumes them."
    if least is None or least.left is None or least.left >= price:
        return "The picture can be generated now."
    return f"At the moment {whose(least.scope)} has {max(least.left, 0):,} left."
