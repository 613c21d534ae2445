"""What admins decide: requests, with their forms and outcomes, and holds that are not known. Pure.

Names of people and channels are mentions, which Slack makes readable; reasons and prompts are
untrusted. What a form must know again when it comes back rides in its `private_metadata`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from bot.core.budget import BudgetStatus, tightest
from bot.core.job import ChannelId, Credits, Job, JobId, JobState, Place, TeamId, Ts
from bot.core.payload import pack
from bot.core.quota_grammar import MAX_CREDITS
from bot.core.requests import MAX_WHY, ApprovalRequest, Decision, Outcome, RequestId, RequestKind
from bot.views import names
from bot.views.budget_status import PERIOD_WORDS, Reader, capitalise, name_budget, name_place
from bot.views.kit import (
    Block,
    Message,
    actions,
    button,
    context,
    credits_,
    day_month,
    form_field,
    moment,
    option,
    plain,
    plain_section,
    quote,
    section,
)

ASK_FORM, GRANT_FORM, DECLINE_FORM = "ask_more", "grant_period", "decline_petition"  # callback_ids
WHY, CREDITS, TARGET = "reason", "credits", "target"  # fields

WRONG_AMOUNT = f"Write a whole number of credits from 1 to {MAX_CREDITS:,}. Nothing was changed."
NO_REASON = "Write a sentence for the admins. Nothing was sent."
LONG_REASON = f"At most {MAX_WHY} characters are allowed. Nothing was sent."

IN_TIME = {RequestKind.MORE: "seven days", RequestKind.APPROVAL: "24 hours"}
SENT = (
    "The admins have been asked. What they decide comes to your direct message with Easel; "
    "if nobody decides within seven days, your request lapses. Nothing is held."
)
ASKED = (
    "You have asked the admins for this already, and they have not decided yet. "
    "Nothing was sent again."
)


# What admins are asked, and what their click is answered


def for_admins(
    asked: ApprovalRequest, job: Job | None, statuses: Sequence[BudgetStatus]
) -> Message:
    """What an admin is asked; once it is decided, how it ended, without its buttons."""
    headline = _headline(asked)
    blocks = [section(headline)]
    if job is not None and job.request.prompt:
        price = f" · {credits_(job.price.credits)}" if asked.kind is RequestKind.MORE else ""
        blocks.append(section(f"For {quote(job.request.prompt)}{price}"))
    if asked.why:
        blocks.append(plain_section(f"Why: {asked.why}"))
    if asked.decision is not None:
        ended = _ending(asked, asked.decision)
        blocks.append(section(f"*{ended}*"))
        if asked.decision.reason:
            blocks.append(plain_section(f"Reason: {asked.decision.reason}"))
        return Message(f"{headline} {ended}", tuple(blocks))
    states = "\n".join(_state(status) for status in _worth_knowing(statuses))
    blocks += [
        section(states),
        actions(decision_buttons(asked)),
        context(f"The first decision counts. Without one it lapses: {moment(asked.lapses)}."),
    ]
    return Message(headline, tuple(blocks))


def _headline(asked: ApprovalRequest) -> str:
    amount = credits_(asked.credits)
    match asked.kind:
        case RequestKind.MORE:
            return (
                f"<@{asked.asker}> asks for *{amount} more* in {name_place(asked.place.channel)}."
            )
        case RequestKind.APPROVAL:
            asks = f"<@{asked.asker}> asks you to approve a picture for *{amount}*"
            held = " The credits are held meanwhile." if asked.decision is None else ""
            return f"{asks} in {name_place(asked.place.channel)}.{held}"
        case _:
            assert_never(asked.kind)


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
        f"{capitalise(name_budget(status.scope))}: {limit}{grants}, {used.charged:,} charged, "
        f"{used.held:,} held{unknown}, {left}, renews on {day_month(status.renews)}{paused}"
    )


def _ending(asked: ApprovalRequest, decision: Decision) -> str:
    """How a request ended, for admins: one sentence of ours."""
    by, amount = f"<@{decision.by}>", credits_(decision.given or 0)
    match decision.outcome:
        case Outcome.GRANTED if asked.kind is RequestKind.APPROVAL:
            return f"Approved by {by}: {credits_(asked.credits)}, as held."
        case Outcome.GRANTED if not decision.given:
            return f"Nothing had to be granted: the budget covered it when {by} looked."
        case Outcome.GRANTED:
            return f"Granted {amount} by {by}."
        case Outcome.DECLINED:
            return f"Declined by {by}."
        case Outcome.LAPSED:
            return f"Lapsed: nobody decided within {IN_TIME[asked.kind]}."
        case Outcome.WITHDRAWN if asked.kind is RequestKind.APPROVAL:
            return f"Taken back: the {credits_(asked.credits)} held were released."
        case Outcome.WITHDRAWN:
            return "Not needed any more: taken back, or the picture was made meanwhile."
        case _:
            assert_never(decision.outcome)


def already_decided(asked: ApprovalRequest) -> Message:
    """To the admin who clicked second, or too late."""
    by = f"<@{asked.decision.by}>" if asked.decision else ""
    match asked.outcome:
        case Outcome.GRANTED if asked.kind is RequestKind.APPROVAL:
            first = f"{by} approved it already."
        case Outcome.GRANTED:
            first = f"{by} granted it already."
        case Outcome.DECLINED:
            first = f"{by} declined it already."
        case Outcome.WITHDRAWN:
            first = "It is not needed any more."
        case Outcome.LAPSED | None:  # its time is over, though nobody has noted it yet
            first = f"It has lapsed: nobody decided within {IN_TIME[asked.kind]}."
        case _:
            assert_never(asked.outcome)
    return _plain(f"{first} Nothing was changed.")


def granted(
    asked: ApprovalRequest,
    given: Sequence[tuple[BudgetStatus, Credits]],
    short: Sequence[BudgetStatus],
) -> Message:
    """To the admin: what was granted to which budget, and which still do not cover the picture."""
    parts = [
        f"Granted {credits_(amount)} to {name_budget(one.scope)}, until {day_month(one.span.last)}."
        for one, amount in given
    ] or ["The budget covers the picture now, so nothing was granted."]
    parts += [
        f"It is not enough for the picture: {name_budget(one.scope)} has "
        f"{max(one.left or 0, 0):,} left."
        for one in short
    ]
    return _plain(f"{' '.join(parts)} <@{asked.asker}> is told.")


def approved(asked: ApprovalRequest) -> Message:
    """To the admin who approved."""
    amount = credits_(asked.credits)
    return _plain(
        f"Approved: the {amount} stay held, and the picture goes to "
        f"{name_place(asked.place.channel)}. <@{asked.asker}> is told."
    )


def declined(asked: ApprovalRequest) -> Message:
    """To the admin who declined."""
    released = f" The {credits_(asked.credits)} held for it were released."
    told = f"<@{asked.asker}> is told."
    return _plain(f"Declined.{released if asked.kind is RequestKind.APPROVAL else ''} {told}")


def not_needed() -> Message:
    """To the admin who would have granted credits for a picture that is no offer any more."""
    return _plain(
        "It is not needed any more: the picture was made or cancelled meanwhile. "
        "Nothing was granted."
    )


def _plain(text: str) -> Message:
    return Message(text, (section(text),))


def decision_buttons(asked: ApprovalRequest) -> list[Block]:
    """What an admin can answer while a request is open; the value is its id."""
    decline = button("Decline…", names.DECLINE, asked.id)
    match asked.kind:
        case RequestKind.APPROVAL:
            approve = f"Approve · {credits_(asked.credits)}"
            return [button(approve, names.APPROVE, asked.id, primary=True), decline]
        case RequestKind.MORE:
            return [
                button("Grant once", names.GRANT_ONCE, asked.id, primary=True),
                button("Grant for this period…", names.GRANT, asked.id),
                decline,
            ]
        case _:
            assert_never(asked.kind)


# What the asker is told: in the thread without what was written


def sent() -> Message:
    """To the asker: the request is on its way."""
    return Message(SENT, (section(SENT),))


def asked_already() -> Message:
    """To somebody who asks twice for the same."""
    return Message(ASKED, (section(ASKED),))


def outcome_for_asker(
    asked: ApprovalRequest, decision: Decision, job: Job | None, statuses: Sequence[BudgetStatus]
) -> Message:
    """What the asker is told in the direct message with Easel."""
    text = _outcome(asked, decision, job)
    card = _card(asked, decision, job)
    if card:
        text += f" {_possible(job, statuses)}"
    blocks = [section(text)]
    if decision.reason:
        blocks.append(plain_section(f"Reason: {decision.reason}"))
    return Message(text, (*blocks, *card))


def outcome_for_thread(
    asked: ApprovalRequest, decision: Decision, job: Job | None, statuses: Sequence[BudgetStatus]
) -> Message:
    """The same in the thread of the request: neither the prompt nor any reason."""
    who, amount = f"<@{asked.asker}>", credits_(decision.given or asked.credits)
    match decision.outcome:
        case Outcome.GRANTED if not decision.given:
            text = f"{who}: the admins were asked for more credits; the budget covers it by now."
        case Outcome.GRANTED:
            text = f"{who}: an admin granted {amount}."
        case Outcome.DECLINED:
            text = f"{who}: an admin declined the request for {amount}. Nothing was held."
        case Outcome.LAPSED:
            text = f"{who}: no admin decided about {amount} within seven days. Nothing was held."
        case Outcome.WITHDRAWN:
            text = f"{who}: the request for {amount} is not open any more."
        case _:
            assert_never(decision.outcome)
    card = _card(asked, decision, job)
    if card:
        text += f" {_possible(job, statuses)}"
    return Message(text, (section(text), *card))


def _outcome(asked: ApprovalRequest, decision: Decision, job: Job | None) -> str:
    """What became of a request, and of the credits."""
    prompt = job.request.prompt if job is not None else ""
    subject = quote(prompt) if prompt else name_place(asked.place.channel)
    amount, by = credits_(asked.credits), f"<@{decision.by}>"
    approval = asked.kind is RequestKind.APPROVAL
    released = f"You were not charged: the {amount} held for it were released."
    match decision.outcome:
        case Outcome.GRANTED if approval:
            return (
                f"{by} approved {subject}: {amount} stay held, "
                f"and the picture comes to {name_place(asked.place.channel)}."
            )
        case Outcome.GRANTED if not decision.given:
            return f"You asked for more credits for {subject}: the budget covers it by now."
        case Outcome.GRANTED:
            return f"{by} granted {credits_(decision.given or 0)} for {subject}."
        case Outcome.DECLINED if approval:
            return f"{by} declined {subject}. {released}"
        case Outcome.DECLINED:
            return f"{by} declined your request for {amount} for {subject}. Nothing was held."
        case Outcome.LAPSED if approval:
            return f"No admin approved {subject} within 24 hours. {released}"
        case Outcome.LAPSED:
            return (
                f"No admin decided within seven days about the {amount} that you asked for, for "
                f"{subject}. Nothing was held; you can ask again."
            )
        case Outcome.WITHDRAWN:
            return f"Your request for {amount} for {subject} is not open any more."
        case _:
            assert_never(decision.outcome)


def _card(asked: ApprovalRequest, decision: Decision, job: Job | None) -> list[Block]:
    """The way back to the card of a picture that credits were granted for."""
    if decision.outcome is not Outcome.GRANTED or asked.kind is not RequestKind.MORE:
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
    return f"At the moment {name_budget(least.scope)} has {max(least.left, 0):,} left."


# The forms: asking for more, granting for a period, declining


@dataclass(frozen=True, slots=True)
class AskNote:
    """What the form of an asker knows: for which picture, or (none) for which channel."""

    channel: ChannelId
    thread: Ts | None
    job: JobId | None
    reply_url: str = ""  # of the card that was clicked

    def place(self, team: TeamId) -> Place:
        """Where it is asked."""
        return Place(team, self.channel, self.thread)


@dataclass(frozen=True, slots=True)
class DecideNote:
    """What the form of an admin knows."""

    request: RequestId
    reply_url: str = ""  # of the message that was clicked


def ask_form(
    note: AskNote, job: Job | None, short: Sequence[tuple[BudgetStatus, Credits]]
) -> Block:
    """Why, and how many credits: what the picture lacks stands there already."""
    text = f"More credits for the budget of {name_place(note.channel)}."
    if job is not None:
        text = f"{quote(job.request.prompt)} costs {credits_(job.price.credits)}."
    blocks = [section(text)]
    if short:
        tight = max(short, key=lambda one: one[1])[0]
        left = max(tight.left or 0, 0)
        renews = day_month(tight.renews)
        name = capitalise(name_budget(tight.scope, Reader.AWAY))
        blocks.append(context(f"{name} has {left:,} left; it renews on {renews}."))
    missing = max((amount for _, amount in short), default=None)
    return _modal(
        ASK_FORM,
        note,
        ("Ask for more", "Ask the admins"),
        [
            *blocks,
            _reason("Why?", "The admins read this."),
            _amount("How many credits more", missing),
        ],
    )


def grant_form(
    note: DecideNote,
    asked: ApprovalRequest,
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
                f":warning: The tightest is {name_budget(short.scope)}, with {left:,} left. "
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
        GRANT_FORM,
        note,
        ("Grant credits", "Grant"),
        [
            *blocks,
            _amount("How many credits", min(asked.credits, Credits(MAX_CREDITS))),
            form_field("To which budget", menu),
            _reason("Reason", "It is kept with the grant.", optional=True),
            context("A grant is used before the cap and ends with its budget's period."),
        ],
    )


def decline_form(note: DecideNote, asked: ApprovalRequest) -> Block:
    """Why not, for the asker."""
    released = (
        "The credits held for it are released. " if asked.kind is RequestKind.APPROVAL else ""
    )
    return _modal(
        DECLINE_FORM,
        note,
        ("Decline", "Decline"),
        [
            section(f"<@{asked.asker}> asks for {credits_(asked.credits)}. {released}".strip()),
            _reason("Reason", "The asker reads this.", optional=True),
        ],
    )


def chosen_budget(statuses: Sequence[BudgetStatus], chosen: str) -> BudgetStatus | None:
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
    callback: str, note: AskNote | DecideNote, titles: tuple[str, str], blocks: list[Block]
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
    return form_field(label, element, optional=optional, hint=hint)


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
    return form_field(label, element)


# Holds that are not known: what an admin reads who ends one


def hold_decision(decided: Job) -> str:
    """What the decision has done."""
    if decided.charged:
        done = f"{credits_(decided.charged)} charged"
        if decided.charged != decided.price.credits:
            done += f" ({credits_(decided.price.credits)} were held)"
    else:
        done = f"{credits_(decided.price.credits)} released"
    return f"Job {decided.id}: {done}."


def hold_ended(decided: Job) -> Message:
    """The answer to the admin who has decided."""
    text = f"{hold_decision(decided)} <@{decided.asker}> is told."
    return Message(text, (section(text),))


def why_no_decision(job: Job) -> str:
    """Why there is nothing to decide about a job."""
    return f"{_state_of_hold(job)} Nothing was changed."


def _state_of_hold(job: Job) -> str:
    charged = f"{credits_(job.charged)} charged" if job.charged else "nothing charged"
    match job.state:
        case JobState.OFFERED:
            return f"Job {job.id} is an offer: nothing is held for it."
        case JobState.WAITING:
            return f"Job {job.id} waits for an admin's approval: decide that in Slack."
        case JobState.QUEUED | JobState.SUBMITTING | JobState.RUNNING:
            return f"Job {job.id} is still under way: its outcome is not lost."
        case JobState.DELIVERING | JobState.DONE:
            return f"Job {job.id} is decided already: its pictures came, {charged}."
        case JobState.FAILED | JobState.CANCELLED:
            return f"Job {job.id} is decided already: {charged}."
        case JobState.UNKNOWN:
            return f"Job {job.id} is not known yet."
        case _:
            assert_never(job.state)
