"""App Home: one's own use, running and recent images, settings; for admins their part too. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.job import ChannelId
from bot.core.own_use import Amount, OwnUse
from bot.core.preferences import Preferences
from bot.views import names, result, settings, usage
from bot.views.dates import moment
from bot.views.home_admin import Desk, desk
from bot.views.kit import Block, actions, button, context, escape, header, quoted, section
from bot.views.result import Entry

NEWEST = 8  # requests that are listed
CHANNELS = 10  # of one's own that are listed
PROMPT = 150  # characters of each prompt


@dataclass(frozen=True, slots=True)
class Home:
    """What somebody's App Home shows."""

    own: OwnUse
    preferences: Preferences
    newest: tuple[Entry, ...]  # what they confirmed, newest first
    desk: Desk | None = None  # for admins


def render_home(shown: Home) -> Block:
    """The view, within Slack's 100 blocks."""
    blocks = [
        header("Your images"),
        actions(
            [
                button("Create an image", names.CREATE, "", primary=True),
                button("Settings…", names.SETTINGS, ""),
            ]
        ),
        context(escape(settings.in_words(shown.preferences))),
        section(f"*This month, in credits*\n{_this_month(shown.own)}"),
        *usage.over_time(shown.own),
        context(usage.WORDS),
        *_requests(shown.newest),
    ]
    if shown.desk is not None:
        blocks += [{"type": "divider"}, *desk(shown.desk)]
    return {"type": "home", "blocks": blocks}


def _this_month(own: OwnUse) -> str:
    lines = [f"Everywhere: {usage.amount(own.everywhere)}"]
    lines += [_in_channel(channel, amount) for channel, amount in own.channels[:CHANNELS]]
    if len(own.channels) > CHANNELS:
        lines.append(f"And in {len(own.channels) - CHANNELS} more.")
    return "\n".join(lines)


def _in_channel(channel: ChannelId, amount: Amount) -> str:
    where = "With Easel alone" if channel.startswith("D") else f"In <#{channel}>"
    return f"{where}: {usage.amount(amount)}"


def _requests(entries: Sequence[Entry]) -> list[Block]:
    if not entries:
        return [section("You have not made an image yet. Try `/image a red fox` in a channel.")]
    blocks: list[Block] = []
    running = [one for one in entries if result.is_under_way(one.job)]
    recent = [one for one in entries if not result.is_under_way(one.job)]
    for heading, members in (("Running", running), ("Recent", recent)):
        if members:
            blocks += [section(f"*{heading}*"), *map(_line, members)]
    return blocks


def _line(entry: Entry) -> Block:
    job = entry.job
    prompt = quoted(job.request.prompt, PROMPT) if job.request.prompt else "_erased by age_"
    direct = job.place.channel.startswith("D")
    facts = [
        result.standing(job),
        "with Easel alone" if direct else f"<#{job.place.channel}>",
        moment(job.created),
    ]
    if entry.link is not None:
        facts.append(f"<{escape(entry.link)}|Open>")
    return section(f"{prompt}\n{' · '.join(facts)}")
