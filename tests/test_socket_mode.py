"""The socket to Slack, where the embedded workspace cannot bring it to what is meant."""

from __future__ import annotations

import pytest
from aiohttp import ClientConnectionResetError
from slack_bolt import BoltResponse

from bot.socket_mode import _Client


async def test_an_answer_to_a_socket_that_is_gone_is_let_go(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A socket that closes while a click is taken costs a line of the log: Slack delivers again."""
    caplog.set_level("INFO", "bot")

    async def gone(*_: object) -> None:
        raise ClientConnectionResetError("Cannot write to closing transport")

    async def hear(_: object) -> BoltResponse:
        return BoltResponse(status=200)

    monkeypatch.setattr(_Client, "send_socket_mode_response", gone)
    client = _Client("xapp-1-A1-1-a")
    client.hear = hear
    await client.run_message_listeners({"envelope_id": "E1", "payload": {}}, "")
    await client.close()  # type: ignore[no-untyped-call]  # the SDK's

    assert [one.getMessage() for one in caplog.records] == [
        "the socket to Slack was gone before an answer could be sent"
    ]
