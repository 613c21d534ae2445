"""Every error in every documented shape, read without a network."""

from __future__ import annotations

from typing import Any

import pytest

from bot.calls import retry_after
from bot.pixapi.answers import read_submit, read_task
from bot.pixapi.errors import (
    InDoubt,
    NoAnswer,
    NoEndpoint,
    Rejected,
    TaskFailed,
    TaskVanished,
)
from tests.pixapi_client.against import A, said


@pytest.mark.parametrize(
    "status", ["failed", "error", "cancelled", "canceled", "expired", "FAILED"]
)
@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ("no such luck", "task_failed", "no such luck"),
        ("prompt_rejected", "prompt_rejected", "prompt_rejected"),
        ({"code": "prompt_rejected", "message": "m"}, "prompt_rejected", "m"),
        ({"code": 422, "type": "prompt_rejected", "message": "m"}, "prompt_rejected", "m"),
        ({"code": 503, "message": "m"}, "model_unavailable", "m"),
        ({"code": "E1234", "message": "m"}, "task_failed", "m"),
        ({"message": "m"}, "task_failed", "m"),
        (None, "task_failed", ""),
        ({}, "task_failed", ""),
        (["odd"], "task_failed", ""),
    ],
)
def test_a_failed_task_tells_why(status: str, error: Any, code: str, message: str) -> None:
    """Every word for failure, with the error as a string, as an object, or missing."""
    with pytest.raises(TaskFailed) as failed:
        read_task(said({"status": status, "error": error, "data": [A]}))

    assert (failed.value.code, failed.value.message) == (code, message)


@pytest.mark.parametrize("document", [{"id": "t"}, [], 7, None, "x", b"<html>", b"", {"status": 3}])
def test_a_poll_that_says_nothing_is_asked_again(document: Any) -> None:
    """A 200 that is not about the task ends nothing."""
    with pytest.raises(NoAnswer) as nothing:
        read_task(said(document))

    assert nothing.value.transient


@pytest.mark.parametrize("status", [404, 410])
def test_a_task_that_is_not_known_has_vanished(status: int) -> None:
    """404 and 410 on a poll, with whatever body."""
    with pytest.raises(TaskVanished):
        read_task(said(b"<html>", status))


@pytest.mark.parametrize(
    ("status", "transient"),
    [(401, False), (402, False), (403, False), (429, True), (500, True), (502, True), (302, False)],
)
def test_a_refused_poll_never_says_that_nothing_was_charged(
    status: int, *, transient: bool
) -> None:
    """A poll's refusal is about the poll: the task may go on."""
    with pytest.raises(NoAnswer) as nothing:
        read_task(said(b"", status))

    assert nothing.value.transient is transient


ROWS = [
    (400, "invalid_request_error", "invalid_request", False),
    (400, "invalid_request", "invalid_request", False),
    (401, "unauthorized", "unauthorized", False),
    (402, "insufficient_credits", "insufficient_credits", False),
    (404, "model_not_found", "model_not_found", False),
    (422, "prompt_rejected", "prompt_rejected", False),
    (429, "rate_limited", "rate_limited", True),
    (500, "internal_error", "internal_error", True),
    (503, "model_unavailable", "model_unavailable", True),
]


@pytest.mark.parametrize(("status", "word", "code", "transient"), ROWS)
def test_both_error_shapes_are_the_same_refusal(
    status: int, word: str, code: str, *, transient: bool
) -> None:
    """The word as `code` or as `type` beside a number; the request id in the body or a header."""
    number = {"code": status, "type": word, "message": "m", "request_id": "r"}
    digits = number | {"code": str(status)}
    replies = [
        said({"error": number}, status),
        said({"error": digits}, status),
        said({"error": {"code": word, "message": "m"}}, status, x_request_id="r"),
        said({"error": {"code": word, "message": "m"}, "request_id": "r"}, status),
    ]

    for answer in replies:
        with pytest.raises(Rejected) as refused:
            read_submit(answer)
        found = refused.value
        assert (found.code, found.transient) == (code, transient)
        assert (found.message, found.request_id, found.http_status) == ("m", "r", status)


@pytest.mark.parametrize(
    ("status", "word", "code"),
    [
        (429, "insufficient_quota", "insufficient_credits"),
        (400, "content_policy_violation", "prompt_rejected"),
        (422, "invalid_request_error", "invalid_request"),
        (422, "something_new", "prompt_rejected"),
        (403, "something_new", "unauthorized"),
        (413, "something_new", "invalid_request"),
        (501, "something_new", "internal_error"),
        (302, "something_new", "redirected"),
    ],
)
def test_the_word_decides_and_the_status_fills_in(status: int, word: str, code: str) -> None:
    """A known word wins over the status; an unknown one leaves it to the status."""
    with pytest.raises(Rejected) as refused:
        read_submit(said({"error": {"code": word, "message": "m"}}, status))

    assert code == refused.value.code


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524, 529])
@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"{}", b'{"detail":"no"}'])
def test_a_proxys_failure_puts_a_submit_in_doubt(status: int, body: bytes) -> None:
    """A 5xx that is not the provider's own may stand before a request that was taken."""
    with pytest.raises(InDoubt):
        read_submit(said(body, status))


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateways_failure_is_in_doubt_in_whatever_shape(status: int) -> None:
    """502 and 504 say that somebody behind did not answer, even in the provider's own words."""
    with pytest.raises(InDoubt):
        read_submit(said({"error": {"code": "internal_error", "message": "m"}}, status))


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "invalid_request"), (401, "unauthorized"), (408, "invalid_request"),
     (413, "invalid_request"), (429, "rate_limited"), (307, "redirected")],
)  # fmt: skip
def test_a_refusal_without_words_is_read_by_its_status(status: int, code: str) -> None:
    """4xx and redirects refuse, HTML or empty, and say nothing that people are shown."""
    with pytest.raises(Rejected) as refused:
        read_submit(said(b"<html>secret</html>", status))

    assert (refused.value.code, refused.value.message) == (code, "")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>"),
        (404, b'{"detail":"Not Found"}'),
        (404, b'{"error":{"code":"not_found","message":"m"}}'),
        (404, b'{"error":{"type":"invalid_request_error","message":"Invalid URL","code":null}}'),
        (405, b""),
        (405, b'{"error":{"code":"model_not_found"}}'),
    ],
)
def test_a_missing_endpoint_is_told_from_a_missing_model(status: int, body: bytes) -> None:
    """404 is a missing endpoint unless its word is model_not_found; 405 always is."""
    with pytest.raises(NoEndpoint):
        read_submit(said(body, status))


def test_a_refusal_may_come_with_status_200() -> None:
    """An error object where nothing else is there is the provider's final word."""
    with pytest.raises(Rejected) as refused:
        read_submit(said({"error": {"code": 422, "type": "prompt_rejected"}}))

    assert refused.value.code == "prompt_rejected"


def test_the_providers_words_are_cut_and_cleaned_and_not_in_the_log_text() -> None:
    """A message is one printable line of at most 500 characters, outside the exception's text."""
    words = "fox\x00\n\ud800" + "y" * 1000
    with pytest.raises(Rejected) as refused:
        read_submit(said({"error": {"code": "x", "message": words}}, 400))

    assert len(refused.value.message) == 500
    assert refused.value.message.startswith("fox   yyy")
    assert "fox" not in f"{refused.value!s}{refused.value!r}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sat, 22 Nov 2025 10:00:30 GMT"}, None),
        (
            {
                "retry-after": "Sat, 22 Nov 2025 10:00:30 GMT",
                "date": "Sat, 22 Nov 2025 10:00:00 GMT",
            },
            30.0,
        ),
        ({"retry-after": "Sat, 22 Nov 2025 10:00:30", "date": "Sat, 22 Nov 2025 10:00 GMT"}, None),
    ],
)
def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, or a date against the answer's own date: no clock of ours is needed."""
    assert seconds == retry_after(headers)
