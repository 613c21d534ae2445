"""The picture of a budget's month, sent to somebody's direct message as a file.

An ephemeral message cannot show a file that is not shared anywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from bot.core.budget import Scope
from bot.core.errors import Refused
from bot.core.job import ChannelId, Credits, Place, UserId
from bot.core.periods import Period, Span
from bot.core.report import Month
from bot.features.quota import each_day, may_look
from bot.pictures import chart
from bot.services import Services
from bot.slack.errors import SlackError, SlackLost
from bot.store import budget, reports
from bot.views import chart as words
from bot.views.kit import escape

NOT_SENT = "Slack did not take the picture. Try again in a moment."
PERHAPS = (
    "Slack did not say whether the picture arrived. If it is not in your direct message with "
    "Easel in a moment, click Chart again."
)


async def send(services: Services, place: Place, scope: Scope, user: UserId) -> None:
    """Draw this month of a channel or the workspace, and share it with who clicked at this place.

    Raises `Refused` where they may not look or Slack does not take it, `Busy`.
    """
    await may_look(services, place, user, scope)
    month = await _month(services, scope, await _name(services, scope.channel))
    png = await asyncio.to_thread(chart.draw, month)
    slack = services.slack
    try:
        channel = await slack.direct_channel(user)
        name = f"easel-{month.today:%Y-%m}.png"
        upload = await slack.upload_address(name, len(png), words.alt(month))
        await slack.send_bytes(upload, _whole(png), len(png), "image/png")
    except SlackError as error:
        raise Refused(NOT_SENT) from error
    try:
        await slack.share([(upload.file, escape(words.title(month)))], channel)
    except SlackLost as error:
        raise Refused(PERHAPS) from error
    except SlackError as error:
        raise Refused(NOT_SENT) from error


async def _name(services: Services, channel: ChannelId | None) -> str:
    """A channel's name; empty where it has none or Slack does not tell Easel."""
    if channel is None:
        return ""
    try:
        return (await services.slack.channel(channel)).name
    except SlackError:
        return ""


async def _month(services: Services, scope: Scope, name: str) -> Month:
    today, calendar = services.today(), services.rules.calendar
    whole = calendar.span(Period.MONTH, today)
    async with services.db.promptly_read() as tx:
        standing = await budget.standing(tx, scope, today, services.rules)
        period = standing.cap.period
        before = min(whole.first, calendar.span(period, whole.first).first)
        used = await reports.by_day(tx, scope, Span(before, whole.last))
        lately = await reports.lately(tx, scope, today)

    def so_far(number: int) -> Credits:
        day = whole.first + timedelta(days=number)
        begun = calendar.span(period, day).first
        return Credits(sum(one.total for one in used.values() if begun <= one.day <= day))

    passed = (today - whole.first).days + 1
    return Month(
        name,
        standing,
        today,
        each_day(used, whole),
        lately,
        tuple(so_far(number) for number in range(passed)),
    )


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
