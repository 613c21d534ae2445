"""What people are told by direct message: alerts, requests to decide, decisions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.blocks.budget import PERIOD_WORDS
from bot.blocks.dates import day_month
from bot.blocks.kit import Message, credits_, escape, quoted, section, tame
from bot.core.budget import Standing
from bot.core.job import Job
from bot.core.periods import Period
from bot.core.petition import Petition, Verdict, Wish


def alert(about: Mapping[str, Any]) -> Message:
    """A budget reached a level. The facts are those of that moment."""
    charged, held, grants = about["charged"], about["held"], about["grants"]
    allowed = about["cap"] + grants
    with_grants = f" (grants of {grants:,} included)" if grants else ""
    text = (
        f"*{whose(about['channel'], about['user'])} has reached {about['level']} %* of its "
        f"{credits_(allowed)} {PERIOD_WORDS[Period(about['period'])]}{with_grants}: "
        f"{charged:,} charged, {held:,} held."
    )
    if 100 * charged < about["level"] * allowed:
        text += " It is what is *held* that reaches the level: it may be released yet."
    renews = day_month(date.fromisoformat(about["renews"]))
    return _plain(f"{text} It renews on {renews}.")


def drift(about: Mapping[str, Any]) -> Message:
    """The provider charged something else than the price table says."""
    return _plain(
        f"*Pixapi charged {credits_(about['charged'])}* where the price table says "
        f"{about['computed']:,}. Its word was booked. If this goes on, the prices have changed: "
        "see EASEL_PRICES in the README. You hear of this once a day; App Home has all of it."
    )


def petition(asked: Petition, job: Job | None, standing: Standing | None) -> Message:
    """What an admin is asked, and once it is decided how it ended."""
    del standing
    what = "more credits" if asked.wish is Wish.MORE else "your approval"
    text = f"<@{asked.asker}> asks for {what}: {credits_(asked.credits)}."
    if job is not None and job.request.prompt:
        text += f"\n{quoted(job.request.prompt)}"
    if asked.verdict is not Verdict.OPEN:
        text += f"\n{asked.verdict}"
    return _plain(text)


def verdict(asked: Petition, job: Job | None) -> Message:
    """What its asker is told."""
    del job
    text = f"Your request for {credits_(asked.credits)}: {asked.verdict}."
    if asked.answer:
        text += f" {escape(tame(asked.answer))}"
    return _plain(text)


def whose(channel: str | None, user: str | None) -> str:
    """Whose budget it is, at the beginning of a sentence to somebody who is elsewhere."""
    if channel is None:
        return "The workspace's budget"
    if user is None:
        return f"The budget of <#{channel}>"
    return f"The budget of <@{user}> in <#{channel}>"


def _plain(text: str) -> Message:
    return Message(text, (section(text),))
