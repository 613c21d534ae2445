"""The quota card in words: what stands on it, what does not, and that Slack takes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import BudgetStatus, Cap, Grant, Scope, Used
from bot.core.job import ChannelId, Credits, Place, TeamId, UserId
from bot.core.limits import Policies, Policy, Spenders
from bot.core.periods import Period, span
from bot.core.report import DayUse, RecentUse, Share, rank
from bot.prices import SHIPPED_PRICES, read_prices
from bot.views import budget, budget_status, names
from bot.views.budget import Card
from bot.views.budget_status import describe_forecast, describe_left_as_pictures
from bot.views.kit import Message
from tests.views.test_limits import accepted

MODEL = read_prices(SHIPPED_PRICES.read_text()).default
DAY = date(2026, 11, 10)
PLACE = Place(TeamId("T0"), ChannelId("C0"))
SCOPE = Scope(PLACE.team, PLACE.channel)


def status(
    limit: int | None, used: Used, scope: Scope = SCOPE, period: Period = Period.MONTH
) -> BudgetStatus:
    """How a budget stands on the tenth."""
    cap = Cap(period, None if limit is None else Credits(limit))
    return BudgetStatus(scope, cap, span(period, DAY), used)


def use(charged: int, held: int = 0, unknown: int = 0) -> Used:
    """Sums of the books."""
    return Used(Credits(held), Credits(charged), Credits(unknown))


def said(card: Card) -> str:
    """Everything that the card says."""
    return str(budget.render_quota(card).blocks)


def actions(card: Card) -> dict[str, str]:
    """The card's buttons with their values."""
    rows = [one["elements"] for one in budget.render_quota(card).blocks if one["type"] == "actions"]
    return {one["action_id"]: one.get("value", "") for row in rows for one in row}


AMOUNTS = st.integers(0, 10**9)
LIMITS = st.none() | AMOUNTS
PEOPLE = st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=40)


@given(
    limit=LIMITS,
    period=st.sampled_from(Period),
    used=st.tuples(AMOUNTS, AMOUNTS),
    grants=st.integers(0, 60),
    people=PEOPLE,
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()),
    spenders=st.none() | st.sampled_from(Spenders),
    day=st.integers(1, 30),
)
def test_every_card_is_accepted(
    limit: int | None,
    period: Period,
    used: tuple[int, int],
    grants: int,
    people: list[tuple[int, int]],
    flags: tuple[bool, bool, bool, bool],
    spenders: Spenders | None,
    day: int,
) -> None:
    """Whatever stands on the card Slack takes it, and its text is the contract's lines alone."""
    today = date(2026, 11, day)
    is_admin, paused, is_workspace, changed = flags
    scope = Scope(PLACE.team) if is_workspace else SCOPE
    shown = replace(
        status(limit, use(*used), scope, period),
        span=span(period, today),
        paused=paused,
        grants=tuple(Grant(n, Credits(7), Credits(3), today, today) for n in range(grants)),
    )
    shares = [
        Share(ChannelId(f"C{n}"), None, Credits(one), Credits(two))
        if is_workspace
        else Share(PLACE.channel, UserId(f"U{n}"), Credits(one), Credits(two))
        for n, (one, two) in enumerate(people)
    ]
    policy = Policy(approve_from=Credits(10), spenders=spenders)
    message = budget.render_quota(
        Card(
            shown,
            today,
            PLACE,
            is_admin=is_admin,
            model=MODEL,
            days=tuple(
                DayUse(today - timedelta(days=19 - n), Credits(n * used[0]), Credits(used[1]))
                for n in range(20)
            ),
            lately=RecentUse(day, Credits(used[0])),
            ranking=rank(shares, 100),
            policies=Policies(policy, policy, Spenders.MEMBERS),
            tightest=status(3, use(0), Scope(PLACE.team)),
        ),
        changed=changed,
    )
    words = [line.split()[0] for line in message.text.splitlines()]

    accepted(message)
    accepted(Message(message.text, message.plainer or ()))
    assert words == ["Cap", *(["Grants"] if grants else []), "Charged", "Held", "Left"]
    assert message.blocks[1]["text"]["text"] == message.text


def test_the_lines_of_the_contract() -> None:
    """One number a line, the word first; no cap and a cap of 0 read differently."""
    free, none = budget_status.budget_numbers(status(None, use(14, 8, 4))), status(0, use(0))

    assert free == "Cap none\nCharged 14\nHeld 8 (4 not known)\nLeft unlimited"
    assert budget_status.budget_numbers(none) == "Cap 0\nCharged 0\nHeld 0\nLeft 0"


def test_admins_have_the_controls() -> None:
    """Admins see Change and Pause or Resume with the channel; members ask for more."""
    now = status(100, use(0))
    card = Card(now, DAY, PLACE, tightest=now)
    workspace = replace(now, scope=Scope(PLACE.team), paused=True)

    assert actions(card) == {names.MORE: ""}
    assert actions(replace(card, is_admin=True)) == {names.BUDGET: "C0", names.PAUSE: "C0"}
    assert actions(Card(workspace, DAY, PLACE, is_admin=True)) == {
        names.BUDGET: "",
        names.RESUME: "",
    }


def test_more_is_asked_for_where_the_card_stands() -> None:
    """Another channel's card, the workspace's, or one without any cap offers no Ask for more."""
    other = status(100, use(0), Scope(PLACE.team, ChannelId("C1")))
    whole = status(100, use(0), Scope(PLACE.team))

    assert names.MORE not in actions(Card(other, DAY, PLACE, tightest=other))
    assert names.MORE not in actions(Card(whole, DAY, PLACE, tightest=whole))
    assert names.MORE not in actions(Card(status(None, use(5)), DAY, PLACE))


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (status(10, use(14, 8)), "*More is charged and held than is allowed now*: nothing new"),
        (status(10, use(14, 8)), "possible until 1 December. What is held goes on."),
        (status(10, use(10)), "*Used up*: nothing new is possible until 1 December."),
        (status(0, use(0)), "Nothing is allowed here: the cap is 0."),
        (status(0, use(14, 8)), "the cap is 0. What is held goes on."),
        (replace(status(10, use(0, 2)), paused=True), "new pictures for now. What is held goes"),
    ],
)
def test_what_stops_new_pictures_is_said(now: BudgetStatus, sentence: str) -> None:
    """A budget that lets nothing through says why, until when, and what becomes of the holds."""
    assert sentence in said(Card(now, DAY, PLACE))


def test_a_budget_that_gives_says_nothing_of_it() -> None:
    """With something left and no pause no such sentence stands there."""
    shown = said(Card(status(10, use(4, 2)), DAY, PLACE, model=MODEL))

    assert not any(word in shown for word in ("Paused", "Used up", "possible", "allowed"))


def test_the_tightest_budget_is_named() -> None:
    """Another budget with less left is named with its numbers; one with as much is not."""
    now = status(100, use(0))
    own = status(3, use(0), Scope(PLACE.team, PLACE.channel, UserId("U0")), Period.DAY)
    card = Card(now, DAY, PLACE, model=MODEL, tightest=own)

    assert (
        "*Tighter for you*: your own budget here has 3 credits left; it renews on 11 November. "
        "Enough for about 3 low at 1K."
    ) in said(card)
    assert "7 high" not in said(card)
    for as_much in (now, replace(now, scope=Scope(PLACE.team))):
        assert "Tighter" not in said(replace(card, tightest=as_much))
    assert "the workspace's budget has 0 credits" in said(
        replace(card, tightest=status(5, use(9), Scope(PLACE.team)))
    )


def test_people_add_up() -> None:
    """Who used the most comes first, by mention; the rest are counted with what they used."""
    shares = [Share(PLACE.channel, UserId(f"U{n}"), Credits(n), Credits(n == 9)) for n in range(10)]
    shown = said(Card(status(None, use(45, 1)), DAY, PLACE, ranking=rank(shares, 3)))

    assert "*By person, this month*\\n<@U9> 10 credits (1 of it held)\\n<@U8> 8 credits" in shown
    assert "and 6 others 21 credits" in shown


def test_rules_are_said_where_an_admin_set_them() -> None:
    """The approval level and who may spend are on the card only if somebody set them."""
    default = Policies(Policy(), Policy(), Spenders.MEMBERS)
    card = Card(status(9, use(0)), DAY, PLACE, policies=default)
    set_ = Policies(Policy(), Policy(Credits(20), None, Spenders.ADMINS), Spenders.MEMBERS)

    assert "Here" not in said(card)
    assert (
        "Here, what costs 20 credits or more waits for an admin. Here, only admins make pictures."
    ) in said(replace(card, policies=set_))


@pytest.mark.parametrize(
    ("now", "used", "sentences"),
    [
        (
            status(100, use(20)),
            RecentUse(10, Credits(20)),
            "2 credits a day over the last 10 days. At this pace 40 credits are left on 1 D",
        ),
        (
            status(100, use(50)),
            RecentUse(3, Credits(15)),
            "5 credits a day over the last 3 days. At this pace used up on 20 November.",
        ),
        (
            status(100, use(33)),
            RecentUse(10, Credits(33)),
            "3.3 credits a day over the last 10 days. At this pace 1 credit is left on 1 Dece",
        ),
        (
            status(None, use(300)),
            RecentUse(10, Credits(300)),
            "30 credits a day over the last 10 d",
        ),
        (
            status(None, use(1)),
            RecentUse(14, Credits(1)),
            "Less than 0.1 credits a day over the la",
        ),
        (status(9, use(10)), RecentUse(10, Credits(10)), "1 credit a day over the last 10 days."),
        (status(100, use(0)), RecentUse(), "Nothing used so far."),
        (status(100, use(50)), RecentUse(14), "Nothing used in the last 14 days."),
        (
            status(20, use(12)),
            RecentUse(1, Credits(12)),
            "In use for less than 3 days: too early for a forecast.",
        ),
        (status(9, use(9), period=Period.DAY), RecentUse(10, Credits(90)), ""),
    ],
)
def test_the_forecast_in_words(now: BudgetStatus, used: RecentUse, sentences: str) -> None:
    """Pace and forecast as people read them, in the singular where it is one."""
    said = " ".join(describe_forecast(now, used, DAY))

    assert said.startswith(sentences)
    assert said or not sentences


def test_pictures_in_words() -> None:
    """What is left as pictures; nothing without a cap, none of it where it is too little."""
    model = replace(MODEL, cells=MODEL.cells[1:])  # without the cheapest

    assert describe_left_as_pictures(Credits(168), MODEL) == [
        "Enough for about 12 high or 42 medium at 1K."
    ]
    assert (
        describe_left_as_pictures(None, MODEL) == describe_left_as_pictures(Credits(0), MODEL) == []
    )
    assert describe_left_as_pictures(Credits(1), model) == [
        "Not enough for a picture of GPT Image 2 at 1K."
    ]


@given(st.lists(st.integers(0, 10**6), max_size=31))
def test_bars_keep_the_order_of_amounts(amounts: list[int]) -> None:
    """One character a day; nothing is a dot, the most a full bar, and more is never lower."""
    line = budget.draw_bars(amounts)
    heights = [-1 if char == budget.NOTHING else budget.BARS.index(char) for char in line]

    assert len(line) == len(amounts)
    for amount, height in zip(amounts, heights, strict=True):
        assert (height == -1) is (amount == 0)
        assert all(height <= heights[at] for at, other in enumerate(amounts) if other >= amount)
        assert amount != max(amounts) or amount == 0 or height == len(budget.BARS) - 1


def test_the_days_are_said_in_words_too() -> None:
    """Neither chart nor bars stand alone: a sentence has their most, today and the idle days."""
    days = [DayUse(DAY - timedelta(days=back)) for back in range(19, -1, -1)]
    card = Card(status(100, use(0)), DAY, PLACE, days=tuple(days))

    assert "The last" not in said(card)

    days[13] = DayUse(days[13].day, Credits(14), Credits(2))
    days[19] = DayUse(DAY, Credits(4))
    message = budget.render_quota(replace(card, days=tuple(days)))
    words = "most on 4 November (16 credits), today 4, nothing on 18 of 20 days."
    [chart] = [one for one in message.blocks if one["type"] == "data_visualization"]

    assert f"The last 20 days: {words}" in str(message.blocks)
    assert f"`·············█·····▂`\\nThe last 20 days, a bar a day, today last: {words}" in str(
        message.plainer
    )
    assert chart["chart"]["axis_config"]["categories"][::19] == ["22 Oct", "10 Nov"]
    assert [
        (one["name"], [point["value"] for point in one["data"] if point["value"]])
        for one in chart["chart"]["series"]
    ] == [("Charged", [14, 4]), ("Held", [2])]


def test_a_grant_names_the_year_in_which_it_ends() -> None:
    """A grant for years does not read as one for months."""
    grant = Grant(1, Credits(7), Credits(3), DAY, date(2030, 3, 1))
    shown = replace(status(100, use(0)), grants=(grant,))

    assert "4 credits left, until 1 March 2030;" in said(Card(shown, DAY, PLACE))


def test_a_direct_message_is_no_unknown_channel() -> None:
    """In the workspace's ranking direct messages are called so: Slack knows no token for one."""
    shares = [Share(ChannelId(one), None, Credits(4), Credits(0)) for one in ("D123", "C456")]
    shown = said(Card(status(None, use(8), Scope(PLACE.team)), DAY, PLACE, ranking=rank(shares, 5)))

    assert "direct messages 4 credits" in shown
    assert "<#C456> 4 credits" in shown
    assert "'channel_id': 'C456'" in shown
    assert "<#D123>" not in shown
    assert "'channel_id': 'D123'" not in shown
