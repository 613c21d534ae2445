"""The price card: the offer, what else may be chosen, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from bot.core.budget import BudgetStatus, Paused, Scope, TooDear
from bot.core.choices import WORDS, Choice, Choices, encode
from bot.core.errors import CHARGE_WORDS, FAULTS, HITCHES, Way
from bot.core.grammar import Guess, find_doubts
from bot.core.job import Credits, Job, JobState, Request, Tier
from bot.views import names
from bot.views.budget_status import Reader, name_budget, name_place
from bot.views.kit import (
    BUTTON,
    Block,
    Message,
    actions,
    button,
    context,
    credits_,
    cut,
    day_month,
    escape,
    menu,
    option,
    plain_section,
    quote,
    section,
    tame,
)

MODELS = 3  # that are offered where one has failed
PROMPT = 1000  # characters of the prompt on the card
NOTES = 6  # about pictures to edit and about the prompt, on the card
TEXT = 700  # characters of a sentence in a message's text: escaped, at most five times as many


@dataclass(frozen=True, slots=True)
class Offer:
    """What the card shows: a stored request with its price, what is left, what else there is."""

    job: Job
    label: str  # of the model
    choices: Choices
    tightest: BudgetStatus | None  # None: no cap applies
    obstacle: TooDear | Paused | None = None
    approve_from: Credits | None = None  # the price waits for an admin: it is this or more
    spent: Credits | None = None  # on the steps that an edit goes on from
    notes: tuple[str, ...] = ()  # what was done to the pictures to edit; names files: untrusted
    hitch: str | None = None  # a key of HITCHES: what keeps pictures from Slack at the moment
    away: bool = False  # shown elsewhere than where the picture comes: budgets go by their names
    guess: Guess | None = None  # nobody typed it like this: it is what was probably meant


class FirstButton(StrEnum):
    """What the card's first button does: spend, or clear away what hinders that."""

    GENERATE = names.GENERATE
    JOIN = names.JOIN
    MOVE = names.MOVE
    CHANGE = names.CHANGE  # as it is it cannot be made
    NONE = "none"  # nothing that this person could click would help


LABELS = {
    FirstButton.JOIN: "Add Easel to this channel",
    FirstButton.MOVE: "Make it in my messages with Easel",
    FirstButton.CHANGE: "Change…",
}


def render_offer(
    shown: Offer, note: str = "", first: FirstButton = FirstButton.GENERATE
) -> Message:
    """The card. `note` is our own sentence above it."""
    if shown.guess is not None:
        return _guessed(shown.job, shown.guess)
    job = shown.job
    price = credits_(job.price.credits)
    blocks: list[Block] = [section(f":information_source: {escape(note)}")] if note else []
    blocks += [
        plain_section(job.request.prompt, PROMPT),
        context(escape(describe_settings(job.request, shown.label, job.price.tier))),
        *_notes((*shown.notes, *find_doubts(job.request))),
    ]
    if shown.spent is not None:
        now = job.price.credits
        total = shown.spent + now
        steps = f"{shown.spent:,} + {now:,} = {total:,} credits"
        blocks.append(
            context(f"With the steps before: {steps}. A new picture at these settings: {now:,}.")
        )
    this = names.Ref(job.id, job.revision)
    if shown.obstacle is not None:
        sentence, fits = _hindrance(shown, shown.obstacle)
        blocks.append(section(sentence))
        more = isinstance(shown.obstacle, TooDear)  # a pause is not lifted by credits
        row = [
            *_choice_buttons(job, shown.choices.within(fits)),
            *([button("Ask for more", names.MORE, job.id)] if more else []),
            button(LABELS[FirstButton.CHANGE], names.CHANGE, str(this)),
            button("Cancel", names.CANCEL, str(this)),
        ]
        return Message(sentence, (*blocks, actions(row)))
    blocks.append(section(f"*{price}* {_left(shown)}"))
    if shown.hitch is not None:
        blocks.append(context(describe_hitch(shown.hitch)))
    if shown.approve_from is not None:
        level = credits_(shown.approve_from)
        blocks.append(context(f"From {level} on an admin approves first, unless you are one."))
    go = LABELS.get(first, f"Generate · {price}")
    row = [] if first is FirstButton.NONE else [button(go, first, str(this), primary=True)]
    if first not in {FirstButton.CHANGE, FirstButton.NONE}:
        row += [
            *_choice_buttons(job, shown.choices.quick),
            _more(job, shown.choices),
            button(LABELS[FirstButton.CHANGE], names.CHANGE, str(this)),
        ]
    row.append(button("Cancel", names.CANCEL, str(this)))
    blocks.append(actions(row))
    return Message(f"{price} for {quote(job.request.prompt)}. Generate?", tuple(blocks))


def _guessed(job: Job, guess: Guess) -> Message:
    """The mistake, and what was probably meant with its price: choosing that shows its card."""
    told = render_sentence(guess.sentence)
    ref = str(names.Ref(job.id, job.revision, encode(job.request)))
    price = f" · {credits_(job.price.credits)}"
    row = [
        button(cut(guess.options, BUTTON - len(price)) + price, f"{names.CHOOSE}_meant", ref),
        button("Cancel", names.CANCEL, str(names.Ref(job.id, job.revision))),
    ]
    return Message(told.text, (*told.blocks, actions(row)))


def describe_settings(request: Request, label: str, tier: Tier) -> str:
    """Model, size and tier, quality, count, in words."""
    size = f"{request.size.width}×{request.size.height}" if request.size else "size auto"
    parts = [label, f"{size} ({tier})"]
    if request.quality is not None:
        parts.append(f"{WORDS[request.quality]} quality")
    parts.append("1 image" if request.count == 1 else f"{request.count} images")
    if inputs := len(request.inputs):
        to_edit = "1 image to edit" if inputs == 1 else f"{inputs} images to edit"
        parts.append(f"{to_edit}, 1 mask" if request.mask else to_edit)
    return " · ".join(parts)


def describe_hitch(hitch: str) -> str:
    """Before anything is spent: that its picture would have to wait, and why."""
    return f":warning: {escape(HITCHES[hitch].offer)}"


def render_over(job: Job) -> Message:
    """The card of a job that is no offer any more, as it stands."""
    if job.state is JobState.CANCELLED and job.day is None:
        return render_sentence("This request was cancelled. Nothing was held or charged.")
    if job.state in {JobState.FAILED, JobState.UNKNOWN, JobState.CANCELLED}:
        return render_ended(job)
    if job.state in {JobState.DELIVERING, JobState.DONE}:
        return render_done(job)
    if job.state is JobState.WAITING:
        return render_waiting(job)
    return render_queued(job)


def render_queued(job: Job) -> Message:
    """The card once it is confirmed: no buttons; the root message tells the rest."""
    one = job.request.count == 1
    comes = "The picture comes" if one else f"The {job.request.count} pictures come"
    text = f"Queued: {credits_(job.price.credits)} held. {comes} to {_place(job)}."
    return Message(text, (section(text), context(quote(job.request.prompt))))


def render_waiting(job: Job) -> Message:
    """The card while an admin has to approve its price: it can be taken back."""
    text = (
        f"Waiting for an admin: {credits_(job.price.credits)} held. The admins have been asked; "
        "if none approves it within 24 hours, the credits are released."
    )
    row = [button("Cancel", names.CANCEL, str(names.Ref(job.id, job.revision)))]
    return Message(text, (section(text), context(quote(job.request.prompt)), actions(row)))


def render_done(job: Job) -> Message:
    """The card of a job whose pictures have arrived: what they cost."""
    text = f"Done: {credits_(job.charged or 0)} charged."
    return Message(text, (section(text), context(quote(job.request.prompt))))


def _place(job: Job) -> str:
    """Where it comes to, by its name: the card may be looked at from elsewhere."""
    there = name_place(job.place.channel, Reader.AWAY)
    return there if job.place.thread is None else f"its thread in {there}"


def render_sentence(sentence: str) -> Message:
    """A card that is over, in one sentence of ours; of several lines each in its section."""
    lines = tuple(section(escape(line)) for line in sentence.splitlines() if line.strip())
    return Message(escape(cut(sentence, TEXT)), lines)


def render_ended(job: Job) -> Message:
    """How a confirmed job ended that has no picture, for its asker.

    What can be done about it stands under the root message, or here where there is none.
    """
    last = render_sentence(describe_outcome(job))
    if not job.request.prompt:
        return last
    blocks = [*last.blocks, context(quote(job.request.prompt))]
    if job.root is None and (row := remedy_buttons(job)):
        blocks.append(actions(row))
    return Message(last.text, tuple(blocks))


def remedy_buttons(job: Job, instead: Sequence[Choice] = ()) -> list[Block]:
    """What can be done about a failure; each leads to a card or a form that names its price."""
    fault = FAULTS.get(job.fault or "")
    this = names.Ref(job.id, job.revision)
    made: list[Block] = []
    for way in fault.ways if fault is not None else ():
        match way:
            case Way.AGAIN:
                made.append(button("Try again", names.AGAIN, str(this)))
            case Way.REWORD:
                made.append(button("Reword…", names.REWORD, str(this)))
            case Way.CHANGE:
                made.append(button("Change…", names.REWORD, str(this)))
            case Way.INSTEAD:
                made += [
                    button(
                        f"{one.label} · {credits_(one.price.credits)}",
                        f"{names.INSTEAD}_{number}",
                        str(names.Ref(job.id, job.revision, encode(one.request))),
                    )
                    for number, one in enumerate(instead[:MODELS])
                ]
            case _:
                assert_never(way)
    return made


def describe_outcome(job: Job) -> str:
    """What happened, whether it was charged, what can be done; in plain text."""
    if job.state is JobState.CANCELLED:
        return f"Stopped: the {credits_(job.price.credits)} held for it were released."
    fault = FAULTS.get(job.fault or "")
    if fault is None:
        return "It did not work out."
    charged = (
        f"{credits_(job.charged)} {'was' if job.charged == 1 else 'were'} charged."
        if job.charged
        else CHARGE_WORDS[fault.effect]
    )
    return f"{fault.sentence} {charged} {fault.remedy}"


def _notes(notes: Sequence[str]) -> list[Block]:
    """What was done to the pictures to edit, and what was taken as words, each in its sentence."""
    if not notes:
        return []
    lines = [escape(tame(note)) for note in notes[:NOTES]]
    more = len(notes) - len(lines)
    return [context("\n".join([*lines, f"And {more} more."] if more else lines))]


def _left(shown: Offer) -> str:
    tightest = shown.tightest
    if tightest is None or tightest.left is None:
        return "· no cap applies here."
    after = tightest.left - shown.job.price.credits
    return f"· {_whose(shown, tightest.scope)} has {tightest.left:,} left, {after:,} after this."


def _whose(shown: Offer, scope: Scope) -> str:
    return name_budget(scope, Reader.AWAY if shown.away else Reader.HERE)


def _hindrance(shown: Offer, obstacle: TooDear | Paused) -> tuple[str, int]:
    """Why nothing can be held, and how many credits could be."""
    match obstacle:
        case Paused(scope):
            budget = _whose(shown, scope)
            return f"An admin has paused {budget}: no new pictures for now. Nothing was held.", 0
        case TooDear(short):
            left = max(short.left or 0, 0)
            return _shortage(shown, short, left), left
        case _:
            assert_never(obstacle)


def _shortage(shown: Offer, short: BudgetStatus, left: int) -> str:
    budget = _whose(shown, short.scope)
    if short.cap.limit == 0 and not left:
        first = f"Nothing is allowed by {budget} (its cap is 0)."
    else:
        first = (
            f"*{credits_(shown.job.price.credits)}* is more than {budget} has left: {left:,}. "
            f"It renews on {day_month(short.renews)}."
        )
    return f"{first} Nothing was held."


def _choice_buttons(job: Job, shown: Sequence[Choice]) -> list[Block]:
    return [
        button(
            f"{one.label} · {one.price.credits:,}",
            f"{names.CHOOSE}_{number}",
            _value(job, one),
        )
        for number, one in enumerate(shown)
    ]


def _more(job: Job, shown: Choices) -> Block:
    def options(some: Sequence[Choice]) -> list[Block]:
        return [
            option(f"{one.label} · {credits_(one.price.credits)}", _value(job, one)) for one in some
        ]

    return menu(
        "More choices",
        f"{names.CHOOSE}_more",
        (
            ("Size and quality", options(shown.cells)),
            ("How many", options(shown.counts)),
            ("Model", options(shown.models)),
        ),
    )


def _value(job: Job, one: Choice) -> str:
    return str(names.Ref(job.id, job.revision, encode(one.request)))
