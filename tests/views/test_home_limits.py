"""App Home, own use and settings: whatever there is of them, Slack takes the view."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import BudgetStatus, Cap, Scope, Used
from bot.core.grammar import Defaults
from bot.core.job import ChannelId, Credits, JobId, JobState, Quality, Size, UserId
from bot.core.periods import Period, span
from bot.core.person import UNSET, Amount, OwnUse, Preferences, own_use
from bot.core.person import ChannelDay as Use
from bot.core.report import Drift, Unknown
from bot.core.requests import MAX_WHY, ApprovalRequest, RequestId, RequestKind
from bot.demo.slack import blocks as slack_blocks
from bot.views import home, person
from bot.views.home import BUTTONS, LINES, REQUESTS, UNKNOWN, Desk
from bot.views.result import HistoryEntry
from tests.views.test_limits import (
    CATALOGUE,
    HOSTILE,
    NOW,
    PLACE,
    accepted,
    job,
    prompts,
    requests,
)

TODAY = date(2026, 11, 22)
MUCH = Credits(1_000_000_000)
LINK = f"https://acme.slack.com/archives/C0/p1?thread_ts=1.2&cid=C0{'0' * 100}"


def status(channel: str | None, limit: Credits | None = MUCH) -> BudgetStatus:
    """A budget with big numbers."""
    return BudgetStatus(
        Scope(PLACE.team, ChannelId(channel) if channel else None),
        Cap(Period.MONTH, limit),
        span(Period.MONTH, TODAY),
        Used(MUCH, MUCH, MUCH, MUCH),
        paused=True,
    )


def request(number: int, kind: RequestKind, why: str) -> ApprovalRequest:
    """One request to the admins."""
    return ApprovalRequest(
        RequestId(f"{number:032x}"), kind, PLACE, UserId("U0"), None, MUCH, why, asked=NOW
    )


def own(channels: int) -> OwnUse:
    """Somebody's use in so many channels."""
    amount = Amount(1_000_000, Used(MUCH, MUCH, MUCH))
    days = (TODAY, TODAY - timedelta(days=160))
    return own_use(
        [Use(day, ChannelId(f"C{one:010}"), amount) for day in days for one in range(channels)],
        TODAY,
    )


def desk(channels: int, asked: int, unknown: int, text: str = "") -> Desk:
    """The admins' part, with lists as long as they are read."""
    return Desk(
        workspace=status(None),
        channels=tuple(status(f"C{one:010}") for one in range(min(channels, BUTTONS + LINES))),
        channels_in_all=channels,
        requests=tuple(
            (request(one, [*RequestKind][one % 2], text), text)
            for one in range(min(asked, REQUESTS))
        ),
        requests_in_all=asked,
        unknown=tuple(
            Unknown(
                JobId(f"{one:032x}"), ChannelId(f"C{one:010}"), UserId("U0123456789"), MUCH, NOW
            )
            for one in range(unknown)
        ),
        drift=Drift(1_000_000, Credits(-1_000_000_000)),
    )


def shown(desk: Desk | None, own: OwnUse, prompt: str = "a fox") -> str:
    """The view, once Slack has taken it and nothing in it is live but what we wrote."""
    request = requests(prompt, 10, Size(3840, 2160), Quality.HIGH)
    states = [JobState.RUNNING, JobState.DONE] * (home.NEWEST // 2)
    entries = tuple(HistoryEntry(job(request, state, charged=MUCH), LINK) for state in states)
    view = home.render_home(home.Home(own, Preferences(MUCH), entries, desk))

    assert slack_blocks.view_problems(view, "home", lambda _file: False) == []
    assert not slack_blocks.too_large(view)
    for live in ("<!channel>", "<@U123>", "<http://x|y>"):
        assert live not in str(view)
    return str(view)


@pytest.mark.parametrize("many", [0, 1, 20, 21, 100, 101, 500])
def test_home_holds_any_number_of_channels_and_requests(many: int) -> None:
    """With five hundred of everything Slack takes the view, and it says what is left out."""
    text = shown(desk(many, many, many), own(many))

    assert ("more: `easel quota list`" in text) is (many > BUTTONS + LINES)
    assert ("more; they come up here" in text) is (many > REQUESTS)
    assert (f"And {many - BUTTONS - LINES} more: `easel quota list`" in text) is (many > 100)
    assert (f"And {many - UNKNOWN} more: `easel jobs list`" in text) is (many > UNKNOWN)
    assert text.count("unheld_release_") == text.count("unheld_charge_") == min(many, UNKNOWN)


@given(prompt=prompts, why=st.lists(st.sampled_from(HOSTILE), max_size=MAX_WHY).map("".join))
def test_home_pings_nobody(prompt: str, why: str) -> None:
    """Whatever people wrote into prompts and reasons, nothing of it is live."""
    shown(desk(3, 8, 1, why), own(1), prompt)


def test_no_cap_and_nothing_allowed_read_differently() -> None:
    """A channel without a cap and one with a cap of 0 are told apart."""
    both = (status("C1", None), status("C2", Credits(0)))
    text = shown(replace(desk(0, 0, 0), channels=both, channels_in_all=2), own(0))

    assert "Cap none" in text
    assert "Left unlimited" in text
    assert "Cap 0 a month" in text


@pytest.mark.parametrize(
    ("drift", "words"),
    [
        (Drift(0, Credits(0)), "Drift this month:* none"),
        (Drift(1, Credits(3)), "charged 3 credits more than the table, on 1 request"),
        (Drift(2, Credits(-1)), "charged 1 credit less than the table, on 2 requests"),
        (Drift(2, Credits(0)), "differ on 2 requests; in sum it comes to the same"),
    ],
)
def test_drift_is_told_in_words(drift: Drift, words: str) -> None:
    """More, less, neither, and what evens out are four different sentences."""
    assert words in shown(replace(desk(0, 0, 0), drift=drift), own(0))


@pytest.mark.parametrize("channels", [0, 1, 500])
def test_own_use_is_accepted(channels: int) -> None:
    """`/image usage` is a message that Slack takes, with six months in their order."""
    message = person.render_usage(own(channels), ChannelId("C0000000000"))
    names = ("Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ")
    places = [str(message.blocks).find(name) for name in names]

    accepted(message)
    assert places == sorted(places)
    assert (-1 in places) is (not channels)


def test_months_before_the_first_use_are_left_out() -> None:
    """The course of time begins with the first use; of the present month alone there is none."""
    one = Use(TODAY, ChannelId("C0000000000"), Amount(1, Used(Credits(4))))
    since = own_use([replace(one, day=TODAY - timedelta(days=70)), one], TODAY)

    assert person.render_months(own_use([one], TODAY)) == []
    assert person.render_months(own_use([], TODAY)) == []
    shown = str(person.render_months(since))
    assert re.findall("(Aug|Sep|Oct|Nov) ", shown) == [
        "Sep",
        "Oct",
        "Nov",
    ]


@given(
    skip=st.one_of(st.none(), st.integers(1, 1_000_000).map(Credits)),
    size=st.sampled_from([None, Size(1024, 1024), Size(800, 816)]),
    quality=st.sampled_from(Quality),
)
def test_settings_are_accepted(skip: Credits | None, size: Size | None, quality: Quality) -> None:
    """The form of any settings is a view that Slack takes; a skipped card says why."""
    chosen = Preferences(skip, Defaults(size, quality))
    view = person.render_settings(CATALOGUE, chosen)
    queued = job(requests("<!channel>", 1, size, quality), JobState.QUEUED, notes=("<!channel>",))

    assert slack_blocks.view_problems(view, "modal", lambda _file: False) == []
    accepted(person.render_settings_line(chosen))
    accepted(person.render_skipped(queued, Credits(10)))


def test_nothing_set_always_asks() -> None:
    """Without settings no price skips the card; with a level exactly those below it do."""
    assert not UNSET.skips(Credits(0))
    assert [Preferences(Credits(5)).skips(Credits(price)) for price in (4, 5, 6)] == [
        True,
        False,
        False,
    ]
