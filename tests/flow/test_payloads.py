"""Slack's payloads, bent: whatever comes, Easel reads it once, and answers or refuses it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from urllib.parse import urlencode

import aiohttp
import pytest
from multidict import CIMultiDictProxy

from bot.demo.slack.seed import DESIGN, MIA
from tests.exhaustive import examples
from tests.flow.composers import TYPED
from tests.flow.forms import form
from tests.flow.payloads import FORM, JSON, MARK, bent, body_of, genuine, signed
from tests.flow.stage import Stage

MANY = examples(6_000, 1_000)
FEW = 250
AT_ONCE = 8
REFUSED = "is refused"  # in the line of the log
DEEP = '{"a":' * 50_000 + "1" + "}" * 50_000
BAD = {"channel_id": None}


async def test_nothing_that_slack_sends_is_an_error(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Bent at any place, a payload is answered 200 or 400: no 500, no traceback, no content."""
    stage.over_http = True
    chance = Random("over http")  # noqa: S311 -- the same payloads every time
    answers: Counter[int] = Counter()
    async with aiohttp.ClientSession() as http, stage.bot() as address:
        kinds = await genuine(stage, monkeypatch)
        caplog.clear()
        left = iter([(one.what, bent(chance, one)) for one in chance.choices(kinds, k=MANY)])

        async def send() -> None:
            for what, told in left:
                status, _ = await _post(stage, http, address, *body_of(what, told))
                answers[status] += 1

        await asyncio.gather(*(send() for _ in range(AT_ONCE)))
        assert (await stage.ask("still a fox")).blocks

    assert set(answers) == {200, 400}
    assert len(_refused(caplog)) == answers[400] > MANY // 3
    assert _faults(caplog) == []


async def test_nothing_that_comes_over_a_socket_is_an_error(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The same over a socket, where what cannot be read has no answer; so with envelopes."""
    chance = Random("over a socket")  # noqa: S311 -- the same payloads every time
    async with stage.bot():
        kinds = await genuine(stage, monkeypatch)
        caplog.clear()
        socket = stage.ws.wire.sockets[0].ws
        for number, one in enumerate(chance.choices(kinds, k=FEW)):
            payload = bent(chance, one) if one.what != "slash_commands" else one.payload | BAD
            envelope = {"envelope_id": f"e{number}", "type": one.what, "payload": payload}
            await socket.send_json(envelope)
        for text in ("[]", "{", "null", '{"envelope_id": 1}', '{"envelope_id": "e"}', DEEP):
            await socket.send_str(text)
        assert (await stage.ask("still a fox")).blocks

    assert len(_refused(caplog)) > FEW // 3
    assert _faults(caplog) == []


@pytest.fixture(name="http")
async def _http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (DEEP, JSON),
        (urlencode({"payload": DEEP}), FORM),
        ("[" * 200 + "]" * 200, JSON),
        ('{"type": "event_callback", "event": ' + "9" * 5_000 + "}", JSON),
        ("{}", JSON),
        ("null", JSON),
        ("", JSON),
        ("command=/image&command=/image-quota&team_id=T&channel_id=C&user_id=U", FORM),
        ("command=/image&text=fox&team_id=T&user_id=U", FORM),
        ("a=b&" * 5_000, FORM),
        ("payload=%5B1%5D", FORM),
    ],
)
async def test_what_cannot_be_read_is_refused(
    stage: Stage,
    http: aiohttp.ClientSession,
    caplog: pytest.LogCaptureFixture,
    body: str,
    content_type: str,
) -> None:
    """400, once for all: nested deep, a number without end, a field given twice, or missing."""
    stage.over_http = True
    async with stage.bot() as address:
        status, headers = await _post(stage, http, address, body.encode("latin-1"), content_type)

    assert status == 400
    assert headers["X-Slack-No-Retry"] == "1"
    assert len(_refused(caplog)) == 1
    assert _faults(caplog) == []


@pytest.mark.parametrize("old", [{"value": "v0:1"}, {"action_id": "make", "value": "v0:1"}])
async def test_whoever_clicks_an_old_button_reads_so(stage: Stage, old: dict[str, str]) -> None:
    """A value or a button that is not known any more: whoever clicked is told what to do."""
    async with stage.bot():
        card = await stage.ask()
        for block in card.blocks:
            for element in block.get("elements", ()):
                if element.get("action_id") == "generate":
                    element.update(old)
        assert (await stage.press(card, old.get("action_id", "generate"))).ok
        await stage.card("of an earlier Easel")

        assert await stage.rows("SELECT count(*) FROM ledger") == [(0,)]


async def test_whoever_sends_an_old_form_reads_so(stage: Stage) -> None:
    """What a form of an earlier Easel knew of itself cannot be read: it says so, and stays open."""
    async with stage.bot():
        await stage.ws.command(MIA, DESIGN, "/image")
        view = await form(stage)
        view.body["private_metadata"] = '{"v": 0}'
        sent = await stage.ws.submit_view(MIA, TYPED)

        assert "of an earlier Easel" in str(sent.errors)
        assert await stage.rows("SELECT count(*) FROM jobs") == [(0,)]


async def _post(
    stage: Stage, http: aiohttp.ClientSession, address: str, body: bytes, content_type: str
) -> tuple[int, CIMultiDictProxy[str]]:
    """Send Slack's signed request; the status and the headers of its answer."""
    headers = signed(stage.ws.signing_secret, body, content_type)
    async with http.post(f"{address}/slack/events", data=body, headers=headers) as answer:
        return answer.status, answer.headers


def _refused(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if REFUSED in one.getMessage()]


def _faults(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What must not be in the log: tracebacks, errors, and what people wrote."""
    return [
        one.getMessage()
        for one in caplog.records
        if one.exc_info or one.levelno >= logging.ERROR or MARK in one.getMessage()
    ]
