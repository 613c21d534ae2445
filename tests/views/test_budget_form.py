"""The form of a budget and the answer to it are within Slack's limits and say what is so."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import EVERYBODY, BudgetStatus, Cap, Scope, Used
from bot.core.job import ChannelId, Credits, TeamId, Ts, UserId
from bot.core.limits import UNSET, LimitDefaults, Limits, Policy, Spenders, WhatIf, form_texts
from bot.core.payload import unpack
from bot.core.periods import Period, span
from bot.demo.slack import blocks as slack_blocks
from bot.views import budget_status
from bot.views.budget_form import (
    BudgetNote,
    describe_refused,
    render_form,
    render_saved,
    replace_what_if,
)

DESIGN = ChannelId("C0DESIGN")
MOST = Credits(10**9)

caps = st.builds(
    Cap, st.sampled_from(Period), st.sampled_from([None, Credits(0), Credits(1), MOST])
)
people = st.dictionaries(
    st.one_of(st.just(EVERYBODY), st.integers(0, 200).map(lambda n: UserId(f"U{n:010}"))),
    caps,
    max_size=60,
)
policies = st.builds(
    Policy,
    st.sampled_from([None, Credits(1), MOST]),
    st.sampled_from([None, (), (50, 80, 100), tuple(range(1, 26))]),
    st.one_of(st.none(), st.sampled_from(Spenders)),
)
limits = st.builds(Limits, st.one_of(st.none(), caps), policies, people)


def status(cap: Cap) -> BudgetStatus:
    """A channel with something used."""
    used = Used(Credits(8), Credits(14), Credits(4))
    days = span(cap.period, date(2026, 11, 22))
    return BudgetStatus(Scope(TeamId("T0"), DESIGN), cap, days, used)


def problems(body: dict[str, Any]) -> list[str]:
    """What Slack would refuse about a modal."""
    return slack_blocks.view_problems(body, "modal", lambda _file: False)


@given(limits, caps, st.sampled_from([DESIGN, None]), st.sampled_from(Spenders), policies)
def test_every_form_is_accepted(
    now: Limits, default: Cap, channel: ChannelId | None, spenders: Spenders, beside: Policy
) -> None:
    """The form of anything that can be set is one that Slack takes, drawn first and drawn anew."""
    defaults = LimitDefaults(default, spenders=spenders, settable=channel is not None)
    note = BudgetNote(channel, form_texts(now, defaults), DESIGN, Ts("1.2"))
    body = render_form(note, now, defaults, status(now.cap or default), beside)
    anew = replace_what_if(body["private_metadata"], body["blocks"], "A sentence.")

    assert problems(body) == []
    assert problems(anew) == []
    assert sum(a != b for a, b in zip(body["blocks"], anew["blocks"], strict=True)) == 1
    assert note == unpack(BudgetNote, body["private_metadata"])


@given(limits, limits, caps)
def test_every_answer_is_accepted(before: Limits, after: Limits, default: Cap) -> None:
    """What an admin is told of any change of one person's cap at a time is a message."""
    after = Limits(after.cap, after.policy, {**before.people, UserId("U1"): default})
    message = render_saved(DESIGN, before, after, LimitDefaults(default), [status(default)])

    assert slack_blocks.block_problems(list(message.blocks), "message", lambda _: False) == []


def test_none_and_zero_read_differently() -> None:
    """No cap is a word, 0 says that nothing is allowed."""
    none, zero = Cap(Period.MONTH, None), Cap(Period.WEEK, Credits(0))

    assert budget_status.cap_words(none) == "none a month"
    assert budget_status.cap_words(zero) == "0 a week (nothing is allowed)"

    text = render_saved(DESIGN, Limits(none), Limits(zero), LimitDefaults(), []).text

    assert "Cap: 0 a week (nothing is allowed); before: none a month." in text


def test_what_would_have_been_refused_is_said_in_words() -> None:
    """One and many, none of them, and nothing to look at each have their sentence."""
    said = [
        describe_refused(WhatIf(9, 1, 1), several=False),
        describe_refused(WhatIf(9000, 1200, 3), several=True),
        describe_refused(WhatIf(9), several=False),
        describe_refused(WhatIf(0), several=True),
    ]

    assert said == [
        "With this cap, last month 1 request by 1 person would have been refused.",
        "With these caps, last month 1,200 requests by 3 people would have been refused.",
        "With this cap, last month nothing would have been refused.",
        "Nothing was asked for here last month.",
    ]


def test_a_budget_that_is_used_up_says_what_follows() -> None:
    """Only where more is charged and held than allowed it is said that nothing is taken back."""
    low, enough = Cap(Period.MONTH, Credits(21)), Cap(Period.MONTH, Credits(22))
    over = render_saved(DESIGN, Limits(None), Limits(low), LimitDefaults(), [status(low)]).text
    full = render_saved(
        DESIGN, Limits(None), Limits(enough), LimitDefaults(), [status(enough)]
    ).text

    assert "22 credits are charged and held already" in over
    assert "nothing new is possible until 1 December or a higher cap" in over
    assert "already" not in full


def test_only_a_lower_cap_of_each_warns() -> None:
    """A higher cap of each person, or none, needs no word about who has used more."""

    def told(before: int | None, after: int | None) -> bool:
        was, now = (
            Limits(None, UNSET, {EVERYBODY: Cap(Period.DAY, None if n is None else Credits(n))})
            for n in (before, after)
        )
        return "used more" in render_saved(DESIGN, was, now, LimitDefaults(), []).text

    assert (told(None, 5), told(5, 4), told(5, 6), told(5, None)) == (True, True, False, False)
