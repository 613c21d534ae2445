"""Whatever people write, what Easel sends is within Slack's limits and pings nobody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import BudgetStatus, Cap, LineKind, Scope, TooDear, Used
from bot.core.choices import list_choices
from bot.core.errors import FAULTS
from bot.core.job import (
    ChannelId,
    Credits,
    FileId,
    Job,
    JobId,
    JobState,
    ModelId,
    Picture,
    Place,
    Quality,
    Request,
    Size,
    TeamId,
    ThreadSum,
    Ts,
    UserId,
)
from bot.core.periods import Period, span
from bot.demo.slack import blocks as slack_blocks
from bot.prices import SHIPPED_PRICES, read_prices
from bot.views import card, help, names, result
from bot.views.kit import Message, escape

CATALOGUE = read_prices(SHIPPED_PRICES.read_text())
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACE = Place(TeamId("T0"), ChannelId("C0"), None)
HOSTILE = ("<!channel>", "<@U123>", "<http://x|y>", "&", "`", "*_~", "\u202e", "\u200b", "\n")

prompts = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(HOSTILE), max_size=400).map("".join),
    st.integers(1, 32_000).map(lambda length: "x" * length),
)


def requests(prompt: str, count: int, size: Size | None, quality: Quality) -> Request:
    """A request of the default model."""
    return Request(prompt, ModelId("gpt-image-2"), size, quality, count)


def job(request: Request, state: JobState, **changes: Any) -> Job:
    """A job in a state."""
    return Job(
        id=JobId("f" * 32),
        revision=12,
        place=PLACE,
        asker=UserId("U0"),
        request=request,
        price=CATALOGUE.price(request),
        state=state,
        created=NOW,
        root=Ts("1.2"),
        **changes,
    )


def status(limit: int | None) -> BudgetStatus:
    """A channel with something used."""
    return BudgetStatus(
        Scope(PLACE.team, PLACE.channel),
        Cap(Period.MONTH, None if limit is None else Credits(limit)),
        span(Period.MONTH, date(2026, 11, 22)),
        Used(Credits(8), Credits(14), Credits(4)),
    )


def accepted(message: Message) -> None:
    """Slack takes it, and nothing in its mrkdwn is live but what we wrote."""
    assert slack_blocks.block_problems(list(message.blocks), "message", lambda _file: False) == []
    assert len(message.text) <= 4000
    for text in [*_mrkdwn(list(message.blocks)), message.text]:
        for live in ("<!channel>", "<@U123>", "<http://x|y>"):
            assert live not in text


def _mrkdwn(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _mrkdwn(one)]
    if isinstance(value, dict):
        own = [value["text"]] if value.get("type") == "mrkdwn" else []
        return own + [text for one in value.values() for text in _mrkdwn(one)]
    return []


@given(
    prompt=prompts,
    count=st.integers(1, 10),
    size=st.sampled_from([None, Size(1024, 1024), Size(3840, 2160)]),
    quality=st.sampled_from(Quality),
    limit=st.sampled_from([None, 0, 10, 10**9]),
)
def test_every_card_is_accepted(
    prompt: str, count: int, size: Size | None, quality: Quality, limit: int | None
) -> None:
    """The card of any prompt and choice, with room or without, is a message that Slack takes."""
    request = requests(prompt, count, size, quality)
    now = status(limit)
    offer = card.Offer(
        job(request, JobState.OFFERED),
        "GPT Image 2",
        list_choices(CATALOGUE, request),
        None if limit is None else now,
    )

    for first in card.FirstButton:
        accepted(card.render_offer(offer, "A note.", first))
    accepted(card.render_offer(replace(offer, obstacle=TooDear(status(limit or 0)))))
    accepted(card.render_queued(offer.job))


@given(
    prompt=prompts,
    state=st.sampled_from(JobState),
    fault=st.sampled_from([None, *FAULTS]),
    arrived=st.integers(0, 10),
    detail=st.one_of(st.none(), prompts),
)
def test_every_result_is_accepted(
    prompt: str, state: JobState, fault: str | None, arrived: int, detail: str | None
) -> None:
    """The root message and the details of a job in any state are messages that Slack takes."""
    pictures = tuple(
        Picture(
            n, Size(1024, 1024), "image/png", "https://cdn", None, FileId("F00000001"), shared=True
        )
        for n in range(1, arrived + 1)
    )
    one = job(
        requests(prompt, 10, None, Quality.HIGH),
        state,
        fault=fault,
        detail=detail,
        pictures=pictures,
        charged=Credits(14 * arrived),
        request_id=detail,
    )
    lines = [(kind, Credits(14), NOW) for kind in LineKind]

    accepted(
        result.render_root(one, "GPT Image 2", pictures=True, thread=ThreadSum(12, Credits(99)))
    )
    accepted(result.render_details(one, "GPT Image 2", lines, [one] * 30))
    accepted(card.render_ended(one))
    for picture in pictures:
        assert len(result.alt(one, picture)) <= 1000


def test_help_is_accepted() -> None:
    """The help texts are messages that Slack takes, and name every option."""
    accepted(help.render_image(CATALOGUE))
    accepted(help.render_quota())


def test_every_failure_says_whether_it_was_charged() -> None:
    """Each row of the fault table tells its asker what became of the credits."""
    request = requests("a fox", 1, None, Quality.LOW)
    for code in FAULTS:
        told = card.describe_outcome(job(request, JobState.FAILED, fault=code))

        assert re.search("not charged|not known yet|It was charged", told)


@given(st.text(max_size=300))
def test_escaping_is_exact(text: str) -> None:
    """Escaping changes exactly `&`, `<` and `>`, and is undone by what Slack does when it shows."""
    shown = escape(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    assert text == shown
    assert "<" not in escape(text)


@given(
    st.text("0123456789abcdef", min_size=1, max_size=32),
    st.integers(1, 10**6),
    st.text("abc|-x0123456789.", max_size=60).filter(lambda text: not text.endswith(".")),
)
def test_refs_come_back_as_they_went(job_id: str, revision: int, choice: str) -> None:
    """What a button carries is read back as it was written."""
    ref = names.Ref(JobId(job_id), revision, choice)

    assert ref == names.read_ref(str(ref))
