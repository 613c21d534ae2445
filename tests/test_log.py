from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from slack_bolt.async_app import AsyncApp

from bot import log

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETS = [
    "xoxb-12-34-abCD",
    "xoxp-12-34",
    "xapp-1-A1-22-abcdef",
    "xoxe.xoxb-1-abcd",
    "sk_live_AbC-123",
]


def record(message: str, *values: object, **extra: object) -> logging.LogRecord:
    """A record as `logger.info(message, *values, extra=extra)` makes it."""
    return logging.getLogger("bot.test").makeRecord(
        "bot.test", logging.INFO, __file__, 1, message, values, None, extra=extra
    )


def lines_of(one: logging.LogRecord) -> list[str]:
    """The record in both formats."""
    return [log.TextFormatter().format(one), log.JsonFormatter().format(one)]


@pytest.mark.parametrize("secret", SECRETS)
def test_tokens_and_keys_are_blacked_out(secret: str) -> None:
    """No token and no key gets out: in a message, a value, an extra, after any character."""
    for line in (
        *lines_of(record(f"with {secret}")),
        *lines_of(record("with %s", {"token": secret})),
        *lines_of(record("with an extra", token=secret, nested=[secret])),
        *lines_of(record(f"after\n{secret}\t{secret}'{secret}")),
        *lines_of(record(f"Authorization: Bearer {secret}")),
    ):
        assert secret not in line
        assert secret[min(8, len(secret) - 5) :] not in line  # a shorter end is in some time of day
        assert "[redacted]" in line


def test_tracebacks_are_blacked_out() -> None:
    """A secret in an exception's text does not get out either."""
    error = ValueError(SECRETS[0])
    one = record("it failed")
    one.exc_info = (type(error), error, None)

    for line in lines_of(one):
        assert SECRETS[0] not in line
        assert "ValueError: xoxb-[redacted]" in line


def test_addresses_that_are_secrets() -> None:
    """A response_url, a bearer of any shape and a database's password do not get out."""
    for text, left in (
        (
            "https://hooks.slack.com/commands/T1/2/abc",
            "https://hooks.slack.com/commands/[redacted]",
        ),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"),
        ("postgresql://easel:p%40ss@db/easel", "postgresql://easel:[redacted]@db/easel"),
    ):
        assert log.redact(f"with {text} in it") == f"with {left} in it"


@pytest.mark.parametrize(
    "text", ["task_1234567", "desk_lamps", "see https://h:80/a?b=c@d", "sk_ x"]
)
def test_ordinary_words_stay(text: str) -> None:
    """What only looks a little like a secret is left alone."""
    assert log.redact(text) == text


def test_one_record_is_one_line() -> None:
    """Nobody else's text can begin a line of its own."""
    for line in lines_of(record("said %s", "hello\n2026-01-01 ERROR bot: all is lost\r\x1b[2J")):
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line


def test_json() -> None:
    """A machine gets an object with the time, the level, the logger and the extras by name."""
    fields = json.loads(log.JsonFormatter().format(record("done", job="J1", credits=14, left=None)))

    assert fields.pop("time").endswith("+00:00")
    assert fields == {
        "level": "info",
        "logger": "bot.test",
        "message": "done",
        "job": "J1",
        "credits": 14,
        "left": None,
    }


def test_text() -> None:
    """A person gets the level, the logger, the message and the extras in one line."""
    line = log.TextFormatter().format(record("done", job="J1"))

    assert line.partition(" ")[2] == "INFO    bot.test: done job=J1"


@pytest.mark.usefixtures("_logging_as_before")
@pytest.mark.parametrize(
    ("level", "own", "theirs"),
    [
        ("debug", ["debug", "info", "error"], ["debug", "info", "error"]),
        ("info", ["info", "error"], ["error"]),
        ("error", ["error"], ["error"]),
    ],
)
def test_others_are_quiet(
    level: str, own: list[str], theirs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Except at `debug` the libraries, which log requests with their contents, only warn."""
    log.set_up(level, "text")
    bolt = AsyncApp(token="xoxb-1", signing_secret="s").logger

    for logger, expected in ((logging.getLogger("bot.test"), own), (bolt, theirs)):
        capsys.readouterr()
        for word in ("debug", "info", "error"):
            logger.log(logging.getLevelNamesMapping()[word.upper()], word)
        assert [line.split()[-1] for line in capsys.readouterr().err.splitlines()] == expected


@pytest.mark.usefixtures("_logging_as_before")
@pytest.mark.parametrize(("level", "lines"), [("debug", 2), ("info", 1)])
def test_others_tracebacks(level: str, lines: int, capsys: pytest.CaptureFixture[str]) -> None:
    """A library's traceback is for `debug`: a lost connection is one line."""
    log.set_up(level, "text")
    logging.getLogger("slack_sdk.socket").error("lost", exc_info=ConnectionError())

    assert len(capsys.readouterr().err.splitlines()) == lines


@pytest.mark.usefixtures("_logging_as_before")
def test_set_up_again_replaces(capsys: pytest.CaptureFixture[str]) -> None:
    """The second call's format is the only one, on standard error."""
    log.set_up("info", "text")
    log.set_up("info", "json")
    logging.getLogger("bot.test").info("once")

    shown = capsys.readouterr()

    assert shown.out == ""
    assert json.loads(shown.err)["message"] == "once"


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    level, handlers = logging.root.level, logging.root.handlers
    logging.root.handlers = []
    yield
    logging.root.handlers = handlers
    logging.root.setLevel(level)
