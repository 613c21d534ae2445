"""Any JSON and any bytes as an answer; big answers; base64."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pixapi.answers import (
    LONG_BYTES,
    Finished,
    Image,
    Running,
    Submitted,
    decode_base64,
    parse,
    read_submit,
    read_task,
)
from bot.pixapi.errors import (
    InDoubt,
    PixapiError,
)
from tests.pixapi_client.against import ENCODED, A, said

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["id", "status", "data", "result", "output", "response", "images", "urls", "url", "b64_json",
     "error", "code", "type", "message", "request_id", "costCredits"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["completed", "failed", "queued", A, ENCODED, "rate_limited", "", "..", 429]
)
LIKELY = st.recursive(
    WORDS | JSON,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=15,
)
STATUSES = st.sampled_from([200, 201, 204, 302, 400, 401, 404, 405, 422, 429, 500, 502, 503])


@given(LIKELY, STATUSES)
def test_no_json_surprises_the_readers(document: Any, status: int) -> None:
    """Whatever JSON an answer holds, it is a value or an error of ours."""
    for read in (read_submit, read_task):
        try:
            answer = read(said(document, status))
        except PixapiError as error:
            message = error.message
        else:
            message = ""
            assert isinstance(answer, Submitted | Running | Finished)
        assert len(message.encode("utf-8", "strict")) <= 4 * 500


@given(st.binary(max_size=200), STATUSES)
def test_no_bytes_surprise_the_readers(body: bytes, status: int) -> None:
    """Whatever bytes an answer holds, it is an error of ours (or, by chance, JSON)."""
    for read in (read_submit, read_task):
        try:
            read(said(body, status))
        except PixapiError:
            continue


@pytest.mark.parametrize(
    "body",
    [b'{"data":"' + b"x" * 100_000, b"[" * 100_000, b"9" * 10_000, b'{"data":"\xff"}', b'"\\ud800'],
)
def test_hostile_json_is_no_json(body: bytes) -> None:
    """Too deep, too long a number, broken encoding: an unreadable answer, not a crash."""
    with pytest.raises(InDoubt):
        read_submit(said(body))


SHORT = st.text(alphabet='a"\\\0é1{}[],:', max_size=12)
LONG = st.sampled_from(["A" * (LONG_BYTES + 1), "B" * (2 * LONG_BYTES), "é" * LONG_BYTES])
TEXTS = SHORT | LONG | LONG.map(lambda text: text + '"\\')


def spelled(value: Any) -> Any:
    """Views as the text they stand for."""
    match value:
        case memoryview():
            return bytes(value).decode()
        case dict():
            return {name: spelled(inner) for name, inner in value.items()}
        case list():
            return [spelled(inner) for inner in value]
        case _:
            return value


@given(
    document=st.recursive(
        TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SHORT, inner, max_size=3),
        max_leaves=6,
    ),
    ascii_only=st.booleans(),
)
def test_cutting_out_long_strings_changes_no_value(document: Any, *, ascii_only: bool) -> None:
    """The reader of big answers gives what `json.loads` gives, long strings as views."""
    body = json.dumps(document, ensure_ascii=ascii_only).encode()

    assert spelled(parse(body)) == json.loads(body)


@given(st.binary(min_size=1, max_size=2000), st.sampled_from([76, 64, 10_000]))
def test_base64_is_read_with_line_breaks_and_without_padding(data: bytes, width: int) -> None:
    """Line breaks, missing padding, a `data:` prefix and the URL alphabet change nothing."""
    text = base64.b64encode(data).decode()
    lines = "\r\n".join(text[start : start + width] for start in range(0, len(text), width))

    forms = [text, lines, text.rstrip("="), f"data:image/png;base64,{text}"]
    forms += [form.replace("+", "-").replace("/", "_") for form in (lines, forms[2])]

    assert [data] * 6 == [decode_base64(form) for form in forms]


@pytest.mark.parametrize("text", ["", "é", "a", "====", "data:image/png,abcd", "AAAA-_+/"])
def test_what_is_no_base64_is_nothing(text: str) -> None:
    """Nothing is guessed from a broken text."""
    assert decode_base64(text) is None


def test_five_megabytes_of_base64_come_out_whole() -> None:
    """A picture inside an answer is decoded in pieces, byte for byte."""
    data = bytes(range(256)) * 20_000
    document = {"data": [{"b64_json": base64.b64encode(data).decode()}]}

    assert Finished((Image(content=data),), None, None) == read_submit(said(document))
