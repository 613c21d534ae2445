"""The forms around a petition: asking for more, granting for a period, declining. Pure.

What a form must know again when it comes back rides in its `private_metadata`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.budget import BudgetStatus
from bot.core.job import ChannelId, Credits, Job, JobId, Place, TeamId, Ts
from bot.core.payload import pack
from bot.core.petition import MAX_WHY, Petition, PetitionId, Wish
from bot.core.quota_grammar import MAX_CREDITS
from bot.views.budget_status import Reader, capital, where, whose
from bot.views.kit import Block, asks, context, credits_, day_month, option, plain, quoted, section

ASK, GRANT, DECLINE = "ask_more", "grant_period", "decline_petition"  # callback_ids
WHY, CREDITS, TARGET = "reason", "credits", "target"  # fields

WRONG_AMOUNT = f"Write a whole number of credits from 1 to {MAX_CREDITS:,}. Nothing was changed."
NO_REASON = "Write a sentence for the admins. Nothing was sent."
LONG_REASON = f"At most {MAX_WHY} characters are allowed. Nothing was sent."


@dataclass(frozen=True, slots=True)
class Asking:
    """What the form of an asker knows: for which picture, or (none) for which channel."""

    channel: ChannelId
    thread: Ts | None
    job: JobId | None
    reply_url: str = ""  # of the card that was clicked

    def place(self, team: TeamId) -> Place:
        """Where it is asked."""
        return Place(team, self.channel, self.thread)


@dataclass(frozen=True, slots=True)
class Deciding:
    """What the form of an admin knows."""

    petition: PetitionId
    reply_url: str = ""  # of the message that was clicked


def ask(asking: Asking, job: Job | None, short: Sequence[tuple[BudgetStatus, Credits]]) -> Block:
    """Why, and how many credits: what the picture lacks stands there already."""
    text = f"More credits for the budget of {where(asking.channel)}."
    if job is not None:
        text = f"{quoted(job.request.prompt)} costs {credits_(job.price.credits)}."
    blocks = [section(text)]
    if short:
        tight = max(short, key=lambda one: one[1])[0]
        left = max(tight.left or 0, 0)
        renews = day_month(tight.renews)
        tightest = capital(whose(tight.scope, Reader.AWAY))
        blocks.append(context(f"{tightest} has {left:,} left; it renews on {renews}."))
    missing = max((amount for _, amount in short), default=None)
    return _modal(
        ASK,
        asking,
        ("Ask for more", "Ask the admins"),
        [
            *blocks,
            _reason("Why?", "The admins read this."),
            _amount("How many credits more", missing),
        ],
    )


def grant(
    deciding: Deciding,
    asked: Petition,
    statuses: Sequence[BudgetStatus],
    short: BudgetStatus | None,
) -> Block:
    """How many credits to which budget; `short` is the tightest that does not cover the picture."""
    target = short or next(one for one in statuses if one.scope.channel and not one.scope.user)
    options = [option(_target_name(one), _target(one)) for one in statuses]
    chosen = next(one for one in options if one["value"] == _target(target))
    blocks = [section(f"<@{asked.asker}> asks for {credits_(asked.credits)}.")]
    if short is not None and _target(short) != "channel":
        left = max(short.left or 0, 0)
        blocks.append(
            section(
                f":warning: The tightest is {whose(short.scope)}, with {left:,} left. "
                "A grant to the channel does not lift it."
            )
        )
    menu: Block = {
        "type": "static_select",
        "action_id": TARGET,
        "options": options,
        "initial_option": chosen,
    }
    return _modal(
        GRANT,
        deciding,
        ("Grant credits", "Grant"),
        [
            *blocks,
            _amount("How many credits", min(asked.credits, Credits(MAX_CREDITS))),
            asks("To which budget", menu),
            _reason("Reason", "It is kept with the grant.", optional=True),
            context("A grant is used before the cap and ends with its budget's period."),
        ],
    )


def decline(deciding: Deciding, asked: Petition) -> Block:
    """Why not, for the asker."""
    released = "The credits held for it are released. " if asked.wish is Wish.APPROVAL else ""
    return _modal(
        DECLINE,
        deciding,
        ("Decline", "Decline"),
        [
            section(f"<@{asked.asker}> asks for {credits_(asked.credits)}. {released}".strip()),
            _reason("Reason", "The asker reads this.", optional=True),
        ],
    )


def target(statuses: Sequence[BudgetStatus], chosen: str) -> BudgetStatus | None:
    """The budget that was chosen in the form; None for no option of ours."""
    return next((one for one in statuses if _target(one) == chosen), None)


def _target(status: BudgetStatus) -> str:
    scope = status.scope
    if scope.channel is None:
        return "workspace"
    return "channel" if scope.user is None else "person"


def _target_name(status: BudgetStatus) -> str:
    named = {
        "workspace": "The workspace",
        "channel": "The channel",
        "person": "This person in the channel",
    }
    left = "no cap" if status.left is None else f"{status.left:,} left"
    return f"{named[_target(status)]} · {left} · until {day_month(status.span.last)}"


def _modal(
    callback: str, note: Asking | Deciding, titles: tuple[str, str], blocks: list[Block]
) -> Block:
    title, submit = titles
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": pack(note),
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "blocks": blocks,
    }


def _reason(label: str, hint: str, *, optional: bool = False) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": WHY,
        "multiline": True,
        "max_length": MAX_WHY,
    }
    return asks(label, element, optional=optional, hint=hint)


def _amount(label: str, initial: Credits | None) -> Block:
    element: Block = {
        "type": "number_input",
        "action_id": CREDITS,
        "is_decimal_allowed": False,
        "min_value": "1",
        "max_value": str(MAX_CREDITS),
    }
    if initial is not None:
        element["initial_value"] = str(initial)
    return asks(label, element)
