"""A week in numbers, as the admins read it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from bot.core.periods import Period
from bot.views.budget import PERIOD_WORDS
from bot.views.dates import day_month
from bot.views.kit import Message, credits_, escape, quoted, section


def digest(about: Mapping[str, Any], prompt: str | None, link: str | None) -> Message:
    """A week's facts; the prompt and the address of its most expensive thread, where one may see.

    They are those of the moment when it was written: what is held then may be charged later.
    """
    parts = list(_parts(about, prompt, link))
    return Message(parts[0], tuple(section(part) for part in parts))


def _parts(about: Mapping[str, Any], prompt: str | None, link: str | None) -> Iterable[str]:
    held = f" {credits_(about['held'])} of that week are still held." if about["held"] else ""
    yield (
        f"*The week from {_day(about['first'])} to {_day(about['last'])}*: "
        f"{credits_(about['charged'])} charged.{held}"
    )
    for title, list_, name in (
        ("By channel", about["channels"], channel),
        ("By person", about["people"], lambda user: f"<@{user}>"),
    ):
        if list_["most"]:
            yield _spent(title, list_, name)
    if about["charged"]:
        yield _each(about["charged"], about["images"])
    if about["thread"] is not None:
        yield _thread(about["thread"], prompt, link)
    if about["unused"]["most"]:
        yield _unused(about["unused"])


def _day(iso: str) -> str:
    return day_month(date.fromisoformat(iso))


def channel(channel: str) -> str:
    """A channel's name; a direct message has none that others could read."""
    return "a direct message with Easel" if channel.startswith("D") else f"<#{channel}>"


def _spent(title: str, list_: Mapping[str, Any], name: Callable[[str], str]) -> str:
    lines = [f"{name(one)}: {credits_(amount)}" for one, amount in list_["most"]]
    if list_["rest"]:
        lines.append(f"All others: {credits_(list_['rest'])}")
    return "\n".join((f"*{title}*", *lines))


def _each(charged: int, images: int) -> str:
    if not images:
        return "*No image was kept.*"
    kept = "1 image was" if images == 1 else f"{images:,} images were"
    return f"*{charged / images:,.1f} credits for each image kept*: {kept} shared and not deleted."


def _thread(thread: Mapping[str, Any], prompt: str | None, link: str | None) -> str:
    said = f", {quoted(prompt)}" if prompt else ""
    way = f" <{escape(link)}|Open it>" if link else ""
    where = channel(thread["channel"])
    return f"*Most expensive thread*: {credits_(thread['credits'])} in {where}{said}.{way}"


def _unused(unused: Mapping[str, Any]) -> str:
    lines = [
        f"{channel(one)}: {left:,} left of {limit:,} {PERIOD_WORDS[Period(period)]}, "
        f"until {_day(last)}"
        for one, left, limit, period, last in unused["most"]
    ]
    if unused["rest"]:
        others = "1 other channel" if unused["rest"] == 1 else f"{unused['rest']:,} other channels"
        lines.append(f"Something is left in {others}, too.")
    return "\n".join(("*Unused budget, in credits*", *lines))
