"""What admins and askers are told: accepted by Slack, inert, and without buttons once decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import BudgetStatus, Cap, Grant, Scope, Used, find_shortages
from bot.core.job import ChannelId, Credits, JobId, JobState, Place, Quality, UserId
from bot.core.notices import Alert, Discrepancy
from bot.core.payload import unpack
from bot.core.periods import Period, span
from bot.core.requests import (
    MAX_WHY,
    ApprovalRequest,
    Decision,
    Outcome,
    RequestId,
    RequestKind,
    amount,
)
from bot.demo.slack import blocks as slack_blocks
from bot.views import names, notices
from bot.views import requests as blocks
from bot.views.kit import Message
from bot.views.requests import AskNote, DecideNote
from tests.views.test_limits import NOW, PLACE, accepted, job, prompts, requests

ADA, MIA = UserId("UADA"), UserId("UMIA")
DAY = NOW.date()
HALF = Alert(
    channel=ChannelId("C1"),
    user=None,
    level=50,
    cap=Credits(100),
    period=Period.WEEK,
    grants=Credits(0),
    charged=Credits(50),
    held=Credits(0),
    unknown=Credits(0),
    renews=date(2026, 12, 1),
)


def status(scope: Scope, limit: int | None, held: int = 8) -> BudgetStatus:
    """A budget with something held, and a grant."""
    cap = Cap(Period.MONTH, None if limit is None else Credits(limit))
    grant = Grant(1, Credits(5), Credits(0), DAY, DAY)
    used = Used(held=Credits(held), unknown=Credits(held // 2))
    return BudgetStatus(scope, cap, span(Period.MONTH, DAY), used, (grant,))


def statuses(*limits: int | None) -> tuple[BudgetStatus, ...]:
    """The workspace's budget, the channel's and the person's."""
    scopes = (
        Scope(PLACE.team),
        Scope(PLACE.team, PLACE.channel),
        Scope(PLACE.team, PLACE.channel, MIA),
    )
    return tuple(status(*one) for one in zip(scopes, limits, strict=True))


def decided(outcome: Outcome, reason: str = "", given: Credits | None = None) -> Decision:
    """A decision of Ada's, or of time."""
    by = ADA if outcome in {Outcome.GRANTED, Outcome.DECLINED} else None
    return Decision(outcome, NOW, by, reason, given)


def request(kind: RequestKind, decision: Decision | None, **changes: Any) -> ApprovalRequest:
    """A request that came to this."""
    made = ApprovalRequest(
        RequestId("f" * 32),
        kind,
        PLACE,
        MIA,
        JobId("f" * 32),
        Credits(53),
        "",
        NOW,
        decision,
    )
    return replace(made, **changes)


def buttons(message: Message) -> list[str]:
    """The buttons of a message."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row]


@given(
    prompt=prompts,
    why=prompts.map(lambda text: text[:MAX_WHY]),
    kind=st.sampled_from(RequestKind),
    outcome=st.sampled_from(Outcome),
    state=st.sampled_from(JobState),
    given_=st.sampled_from([None, 0, 1, 10**9]),
    place=st.sampled_from([PLACE, Place(PLACE.team, ChannelId("D1"))]),
    limits=st.tuples(*[st.sampled_from([None, 0, 10, 10**9])] * 3),
)
def test_everything_told_is_accepted(
    prompt: str,
    why: str,
    kind: RequestKind,
    outcome: Outcome,
    state: JobState,
    given_: int | None,
    place: Place,
    limits: tuple[int | None, ...],
) -> None:
    """Whatever was typed and decided, Slack takes it, and nothing that was typed is live."""
    picture = job(requests(prompt, 1, None, Quality.HIGH), state)
    stand = statuses(*limits)
    given_credits = None if given_ is None else Credits(given_)
    decision = decided(outcome, why, given_credits)
    asked = request(kind, decision, why=why, place=place)
    unanswered = replace(asked, decision=None)
    short = find_shortages(picture.price.credits, stand)

    for about in (picture, None):
        for one in (asked, unanswered):
            accepted(blocks.for_admins(one, about, stand))
        accepted(blocks.outcome_for_asker(asked, decision, about, stand))
        accepted(blocks.outcome_for_thread(asked, decision, about, stand))
        view = blocks.ask_form(AskNote(place.channel, None, None, "x" * 600), about, short)
        assert slack_blocks.view_problems(view, "modal", lambda _file: False) == []
    accepted(blocks.granted(asked, short, [one for one, _ in short]))
    for message in (blocks.approved(asked), blocks.declined(asked)):
        accepted(message)
    for one in (asked, unanswered):
        accepted(blocks.already_decided(one))


@pytest.mark.parametrize("kind", RequestKind)
def test_only_what_is_open_has_buttons(kind: RequestKind) -> None:
    """An admin can click for as long as nobody has decided, and never after."""
    for decision in (None, *map(decided, Outcome)):
        message = blocks.for_admins(request(kind, decision), None, statuses(10, 10, 10))

        assert bool(buttons(message)) == (decision is None)


@pytest.mark.parametrize("state", JobState)
def test_the_way_back_to_the_card(state: JobState) -> None:
    """Who was granted credits for a picture gets its card, if it is an offer still."""
    picture = job(requests("a fox", 1, None, Quality.HIGH), state)
    decision = decided(Outcome.GRANTED, given=Credits(4))
    asked = request(RequestKind.MORE, decision)
    message = blocks.outcome_for_asker(asked, decision, picture, statuses(100, 100, 100))

    assert buttons(message) == ([names.SHOW] if state is JobState.OFFERED else [])


@given(
    limits=st.tuples(*[st.sampled_from([None, 0, 10, 10**9])] * 3),
    credits=st.integers(1, 10**12),
)
def test_the_forms_of_admins_are_accepted(limits: tuple[int | None, ...], credits: int) -> None:
    """Slack takes both forms; the one of a grant begins at the tightest budget that is short."""
    stand, note = statuses(*limits), DecideNote(RequestId("f" * 32), "https://hooks")
    asked = request(RequestKind.MORE, None, credits=Credits(credits))
    short = max(find_shortages(Credits(14), stand), key=lambda one: one[1], default=None)
    view = blocks.grant_form(note, asked, stand, short[0] if short else None)
    menu = next(b for b in view["blocks"] if b.get("block_id") == blocks.TARGET)
    chosen = blocks.chosen_budget(stand, menu["element"]["initial_option"]["value"])

    assert slack_blocks.view_problems(view, "modal", lambda _file: False) == []
    assert chosen == (short[0] if short else stand[1])
    assert unpack(DecideNote, view["private_metadata"]) == note
    for kind in RequestKind:
        decline = blocks.decline_form(note, request(kind, None))
        assert slack_blocks.view_problems(decline, "modal", lambda _file: False) == []


@given(
    level=st.integers(1, 100),
    charged=st.integers(0, 10**9),
    held=st.integers(0, 10**9),
    cap=st.integers(0, 10**9),
    grants=st.integers(0, 10**9),
    scope=st.sampled_from(
        [
            (None, None),
            (ChannelId("C1"), None),
            (ChannelId("C1"), MIA),
            (ChannelId("D1"), MIA),
        ]
    ),
)
def test_alerts_are_accepted(
    level: int,
    charged: int,
    held: int,
    cap: int,
    grants: int,
    scope: tuple[ChannelId | None, UserId | None],
) -> None:
    """Any budget's alert is a message that Slack takes, and says that held credits crossed it."""
    about = replace(
        HALF,
        channel=scope[0],
        user=scope[1],
        level=level,
        cap=Credits(cap),
        grants=Credits(grants),
        charged=Credits(charged),
        held=Credits(held),
        unknown=Credits(held),
    )
    message = notices.alert(about)
    by_held = 100 * charged < level * (cap + grants)

    accepted(message)
    assert ("Part of it is *held*" in message.text) == by_held


@pytest.mark.parametrize(
    ("level", "charged", "held", "expected"),
    [
        (
            80,
            85,
            5,
            (
                "has reached 80 %*: 85 charged and 5 held of 100 credits a week. "
                "10 credits left; it renews on 1 December."
            ),
        ),
        (
            100,
            60,
            40,
            (
                "is used up*: 60 charged and 40 held of 100 credits a week. "
                "Part of it is *held* and may still be released. "
                "No new picture fits until it renews on 1 December."
            ),
        ),
    ],
)
def test_an_alert_in_words(level: int, charged: int, held: int, expected: str) -> None:
    """An alert says whose budget, how much of it, what is left and when it renews."""
    about = replace(HALF, level=level, charged=Credits(charged), held=Credits(held))

    assert notices.alert(about).text == f"*The budget of <#C1> {expected}"


@pytest.mark.parametrize(("charged", "word"), [(17, "3 more"), (12, "2 less")])
def test_drift_in_words(charged: int, word: str) -> None:
    """Drift says both amounts, which way it goes, and what was booked."""
    about = Discrepancy(JobId("J"), Credits(charged), Credits(14), Credits(14))
    message = notices.discrepancy(about)

    accepted(message)
    assert f"Pixapi charged {charged} credits* for a picture where" in message.text
    assert f"says 14: {word}. What Pixapi says was booked." in message.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        (" 1,000 ", 1000),
        ("1000000000", 10**9),
        ("1000000001", None),
        ("0", None),
        ("-5", None),
        ("1e9", None),
        ("1.5", None),
        ("1,5", None),  # one and a half, for many
        ("2,50", None),
        ("1,,000", None),
        ("abc", None),
        ("", None),
        ("\u0664", None),
    ],
)
def test_amounts(text: str, expected: int | None) -> None:
    """Whole credits from 1 to a thousand million, and nothing else."""
    assert amount(text) == expected
