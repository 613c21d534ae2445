"""What becomes of the text that a person types, before anybody else sees it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.demo.slack.app import BOT_USER_ID

if TYPE_CHECKING:
    from bot.demo.slack.state import World

URL = r"https?://[^\s<>]+"


def typed(world: World, text: str, *, tokens: bool = True) -> str:
    """`&`, `<` and `>` as entities, and (with `tokens`) mentions and addresses as Slack's tokens.

    A mention is `@name`, `#name`, or the token itself of somebody or some channel that exists, as
    picking it from the list in Slack's composer leaves it.
    """
    if not tokens:
        return entities(text)
    people = {f"@{person.name}": f"<@{person.id}>" for person in world.users.values()}
    people |= {f"@{person.real_name}": f"<@{person.id}>" for person in world.users.values()}
    people[f"@{world.app.name}"] = f"<@{BOT_USER_ID}>"
    known = dict(people)
    for channel in world.channels.values():
        if channel.name:
            shown = channel.name if channel.kind == "public" else ""
            known[f"#{channel.name}"] = f"<#{channel.id}|{shown}>"
            known[f"<#{channel.id}>"] = known[f"#{channel.name}"]
    known |= {token: token for token in list(known.values())}
    names = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:(?P<name>{names})(?!\w)|(?P<url>{URL}))")
    parts: list[str] = []
    end = 0
    for found in pattern.finditer(text):
        parts.append(entities(text[end : found.start()]))
        parts.append(known[found["name"]] if found["name"] else f"<{entities(found['url'])}>")
        end = found.end()
    return "".join([*parts, entities(text[end:])])


def entities(text: str) -> str:
    """The three control characters of Slack's text, escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
