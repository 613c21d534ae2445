"""Payloads as Slack sends them, taken down on their way, and what becomes of them when bent."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.demo.slack.model import Delivery
from bot.demo.slack.seed import ADA, DESIGN, MIA, NOAH
from tests.flow import budgets
from tests.flow.composers import TYPED, posted
from tests.flow.forms import form, png
from tests.flow.stage import FOX, Stage

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MARK = "s3cret words"  # in what is bent; never in the log

STRANGE: tuple[Any, ...] = (
    None,
    0,
    -1.5,
    10**30,
    10**400,
    True,
    "",
    ".",
    "Z9",
    MARK,
    f"{MARK}.{MARK}",
    f"{MARK}.1.{MARK}",
    f"{MARK}.{10**30}",
    f"{MARK}.²",
    f"{MARK}\x00",
    f"{MARK}\ud800",
    f"<!channel> {MARK}",
    MARK * 2_000,
    f'{{"{MARK}": 1}}',
    "[]",
    "[" * 2_000,
    [],
    {},
    [None],
    [[MARK]],
    [{MARK: None}],
    {MARK: MARK},
    {"id": None},
    {"id": [MARK]},
    {"value": {MARK: 1}},
)
"""What stands in the place of something else: of each type, and each kind of text."""

READ = frozenset(
    (
        *("actions", "authorizations", "callback_id", "channel", "channel_id", "container"),
        *("deleted_ts", "element", "event", "files", "id", "message", "private_metadata"),
        *("response_urls", "selected_option", "state", "team", "team_id", "thread_ts", "ts"),
        *("type", "user", "user_id", "value", "values", "view"),
    )
)
"""Fields that say who, where and what."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A payload, and how Slack sends it: "slash_commands", "interactive" or "events_api"."""

    what: Any
    payload: dict[str, Any]


async def genuine(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[Heard]:
    """One payload of each kind, from what people do with the running Easel."""
    heard: list[Heard] = []
    deliver = stage.ws.wire.deliver

    async def noting(what: Any, payload: dict[str, Any], retry: Any = None) -> Delivery:
        heard.append(Heard(what, deepcopy(payload)))
        return await deliver(what, payload, retry)

    with monkeypatch.context() as patched:
        patched.setattr(stage.ws.wire, "deliver", noting)
        await _scenes(stage)
        await stage.ws.events_delivered()
    return list({_kind(one): one for one in heard}.values())


def _kind(one: Heard) -> str:
    """Payloads of one kind are read by the same words."""
    told = one.payload
    action = (told.get("actions") or [{}])[0].get("action_id")
    event = told.get("event") or {}
    view = (told.get("view") or {}).get("callback_id")
    words = (told.get("command"), told.get("type"), told.get("callback_id"), action, view)
    return str((one.what, *words, event.get("type"), event.get("subtype"), "files" in event))


async def _scenes(stage: Stage) -> None:
    ws = stage.ws
    card = await stage.ask(f"{FOX} --n 2 --draft")
    await stage.press(card, "cancel")
    await stage.press(await stage.ask(f"{FOX} --n 2 --draft"), "generate")
    root = await stage.done(2)
    await ws.click(MIA, DESIGN, root.ts, "pick", "2")
    await ws.click(MIA, DESIGN, root.ts, "vary")
    await ws.click(MIA, DESIGN, root.ts, "details")
    await ws.command(MIA, DESIGN, "/image")
    await form(stage)
    await ws.view_action(MIA, "compose_quality", "high")
    await ws.submit_view(MIA, TYPED)
    message = await posted(stage, "cat.png")
    await ws.shortcut(MIA, "edit_image", DESIGN, message.ts)
    await form(stage)
    await ws.close_view(MIA)
    await ws.shortcut(MIA, "create_image")
    await form(stage)
    await budgets.opened(stage)
    await ws.view_action(ADA, "limits_cap", "200")
    await budgets.submit(stage, cap="200")
    await ws.command(ADA, DESIGN, "/image-quota", "300 monthly")
    await ws.open_home(MIA)
    await ws.send(MIA, DESIGN, f"<@{ws.bot_user_id}> {FOX}")
    picture = await ws.upload(NOAH, "dog.png", png())
    reply = await ws.send(NOAH, DESIGN, "like this", thread_ts=root.ts, files=[picture.id])
    await ws.edit(NOAH, DESIGN, reply.ts, "no, like that")
    await ws.delete(NOAH, DESIGN, reply.ts)


def bent(chance: Random, one: Heard) -> bytes | dict[str, Any]:
    """The payload with one part of it missing or strange; for a command, the body of its form.

    Mostly a part that Easel reads; what it does not read changes nothing, and takes its time.
    """
    told = deepcopy(one.payload)
    if one.what == "slash_commands":
        return _bent_form(chance, told)
    places = list(_places(told))
    keys = sorted({key for _, key in places if key in READ})
    if chance.random() < 0.9:
        wanted = chance.choice(keys)
        places = [place for place in places if place[1] == wanted]
    holder, key = chance.choice(places)
    if chance.random() < 0.4:
        del holder[key]
    else:
        holder[key] = deepcopy(chance.choice(STRANGE))
    return told


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    for key, inner in holder.items() if isinstance(holder, dict) else enumerate(holder):
        yield holder, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def _bent_form(chance: Random, fields: dict[str, str]) -> bytes:
    name = chance.choice(list(fields))
    pairs = [(key, value) for key, value in fields.items() if key != name]
    strange = [one for one in STRANGE if isinstance(one, str)]
    match chance.randrange(4):
        case 0:
            pass
        case 1:
            pairs += [(name, fields[name]), (name, MARK)]
        case _:
            pairs.append((name, chance.choice(strange)))
    return urlencode(pairs, errors="surrogatepass").encode()


def body_of(what: str, told: bytes | dict[str, Any] | str) -> tuple[bytes, str]:
    """The body of Slack's request, and its type. A text is JSON already."""
    if isinstance(told, bytes):
        return told, FORM
    text = told if isinstance(told, str) else json.dumps(told)
    if what == "events_api":
        return text.encode(), JSON
    return urlencode({"payload": text}).encode(), FORM


def signed(secret: str, body: bytes, content_type: str) -> dict[str, str]:
    """The headers with which Slack sends a body."""
    moment = str(int(time.time()))
    base = f"v0:{moment}:".encode() + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": content_type,
    }
