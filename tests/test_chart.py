"""The picture of a month: it is drawn whatever the numbers and names are, and says so in words."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.core.budget import Cap, Grant, Scope, Standing, Used
from bot.core.job import ChannelId, Credits, TeamId
from bot.core.periods import Period, span
from bot.core.report import DayUse, Lately, Month, lately
from bot.pictures import chart
from bot.views import chart as words
from tests.exhaustive import examples

TODAY = date(2026, 11, 22)
DESIGN = Scope(TeamId("T0"), ChannelId("C0"))
HOSTILE = [
    "",
    "$x^2$",
    r"$\frac{1$",
    "🦊",
    "日本語-チャンネル",
    "\u202eevil\u200b",
    "a\nb\x00\x07",
    "%s {x} <!channel>",
    "W" * 80,
    "العربية",
]


def month(
    limit: int | None,
    amounts: dict[int, tuple[int, int]],
    *,
    period: Period = Period.MONTH,
    name: str = "design",
) -> Month:
    """November with these amounts (charged, held) by day of the month."""
    days = [DayUse(date(2026, 11, n), *map(Credits, amounts.get(n, (0, 0)))) for n in range(1, 31)]
    whole = span(period, TODAY)
    within = [day for day in days if whole.first <= day.day <= TODAY]
    cap = Cap(period, None if limit is None else Credits(limit))
    used = Used(Credits(sum(d.held for d in within)), Credits(sum(d.charged for d in within)))

    def so_far(today: date) -> Credits:
        first = span(period, today).first
        return Credits(sum(day.total for day in days if first <= day.day <= today))

    passed = [TODAY.replace(day=1) + timedelta(days=n) for n in range(TODAY.day)]
    standing = Standing(DESIGN, cap, whole, used)
    first = next((day.day for day in days if day.total), None)
    used_lately = Lately() if first is None else lately(first, days, TODAY)
    return Month(name, standing, TODAY, tuple(days), used_lately, tuple(map(so_far, passed)))


SOME = {3: (14, 0), 9: (4, 0), 20: (8, 4), 22: (0, 14)}


def picture(png: bytes) -> Image.Image:
    """What was drawn, decoded."""
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


@pytest.mark.parametrize("limit", [None, 0, 5, 100, 10**9])
@pytest.mark.parametrize("period", Period)
@pytest.mark.parametrize("amounts", [{}, SOME, {1: (10**9, 10**9)}])
def test_any_budget_is_drawn(
    limit: int | None, period: Period, amounts: dict[int, tuple[int, int]]
) -> None:
    """With a cap, without one, of every period, used or not: a picture of one size, opaque."""
    image = picture(chart.draw(month(limit, amounts, period=period)))

    assert (image.format, image.size) == ("PNG", (chart.WIDTH, chart.HEIGHT))
    assert image.convert("RGBA").getchannel("A").getextrema() == (255, 255)


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_drawn(name: str) -> None:
    """Formulas, missing letters, invisible and endless names neither raise nor warn."""
    picture(chart.draw(month(100, SOME, name=name)))


@settings(max_examples=examples(20, 5), deadline=None)
@given(st.text(max_size=30))
def test_names_are_only_shown(name: str) -> None:
    """Whatever a channel is called, it is drawn, and its alt text fits into Slack's limit."""
    one = month(100, SOME, name=name)
    picture(chart.draw(one))

    assert len(words.alt(one)) <= 1000


def test_the_same_month_is_drawn_once() -> None:
    """Equal data is the same picture, kept; other data is another one."""
    first = chart.draw(month(100, SOME))

    assert chart.draw(month(100, SOME)) is first
    assert chart.draw(month(101, SOME)) != first


def test_a_held_credit_looks_different_without_colour() -> None:
    """In greys, too, what is held is not what is charged: it is hatched."""
    charged = picture(chart.draw(month(None, {9: (14, 0)}))).convert("L")
    held = picture(chart.draw(month(None, {9: (0, 14)}))).convert("L")
    column = range(300, 600)
    x = next(
        x
        for x in range(chart.WIDTH)
        if x > 200
        and all(charged.getpixel((x, y)) == charged.getpixel((x, 500)) for y in column)
        and charged.getpixel((x, 500)) != 255
    )

    assert len({held.getpixel((x + 9, y)) for y in column}) > 1
    assert len({charged.getpixel((x + 9, y)) for y in column}) == 1


def test_the_words_say_the_same() -> None:
    """The alt text has the sums, the biggest day, the cap and the forecast."""
    assert words.alt(month(100, SOME)) == (
        "Bar chart. Image credits in #design, November 2026. Until 22 November: "
        "26 credits charged, 18 held. The most on one day: 14 credits, on 3 November. "
        "Cap 100 a month. "
        "2.1 credits a day over the last 14 days. At this pace 38 credits are left on 1 December."
    )
    assert words.alt(month(None, {})) == (
        "Bar chart. Image credits in #design, November 2026. Until 22 November: "
        "0 credits charged, 0 held. Nothing was used this month. No cap. Nothing used so far."
    )


def test_grants_and_the_workspace_are_named() -> None:
    """What grants add is said beside the cap; without a channel it is the whole workspace."""
    one = month(100, SOME, period=Period.WEEK)
    grant = Grant(1, Credits(50), Credits(0), TODAY, TODAY)
    given_ = replace(
        one, standing=replace(one.standing, scope=Scope(TeamId("T0")), grants=(grant,))
    )

    assert words.cap(given_) == "Cap 100 a week, with grants 150"
    assert words.title(given_) == "Image credits in the whole workspace, November 2026"
    assert words.title(replace(one, name="")).startswith("Image credits in this channel")
