"""A big JSON answer, read without holding its pictures several times over. Pure.

`json.loads` would copy base64 of 50 MB twice and hold the interpreter's lock meanwhile (the event
loop stands still even when a thread does it). So long plain strings are cut out first, and base64
is decoded in pieces, between which other threads run.
"""

from __future__ import annotations

import binascii
import json
from io import BytesIO
from typing import Any

LONG_BYTES = 64 * 1024
"""A string of more bytes than this, without escapes, arrives as a view."""

_DECODE_BYTES = 256 * 1024  # divisible by 4: about 0.3 ms a piece
_SPACE = b" \t\r\n"
_FOR_URLS = bytes.maketrans(b"-_", b"+/")  # the two letters of the URL alphabet: RFC 4648, 5


def parse(body: bytes | bytearray) -> Any:
    """JSON as values; a long string without escapes becomes a `memoryview` of its bytes.

    Raises:
        ValueError: it is not JSON (or nested too deeply to be an answer).
    """
    views: dict[str, memoryview] = {}
    pieces: list[bytes | bytearray] = []
    kept = position = 0
    while len(body) > LONG_BYTES and (start := body.find(b'"', position)) >= 0:
        end = _closing(body, start)
        if end < 0:
            break
        if end - start > LONG_BYTES and body.find(b"\\", start, end) < 0:
            pieces += (body[kept:start], b'"\\u0000%d"' % len(views))
            views[f"\0{len(views)}"] = memoryview(body)[start + 1 : end]
            kept = end + 1
        position = end + 1
    pieces.append(body[kept:] if kept else body)
    try:
        document = json.loads(b"".join(pieces) if views else body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return _restore(document, views) if views else document


def decode_base64(text: str | memoryview) -> bytes | None:
    """The bytes of a base64 string or of a `data:` address; None if it is neither."""
    view = memoryview(text.encode("utf-8", "replace")) if isinstance(text, str) else text
    head = bytes(view[:256])
    if head.startswith(b"data:"):
        comma = head.find(b";base64,")
        if comma < 0:
            return None
        view = view[comma + len(b";base64,") :]
    decoded = _decode(view)
    if decoded is None:  # some encoders break lines, leave the padding out, or write for URLs
        plain = bytes(view).translate(None, _SPACE)
        if b"+" not in plain and b"/" not in plain:
            plain = plain.translate(_FOR_URLS)
        decoded = _decode(memoryview(plain + b"=" * (-len(plain) % 4)))
    return decoded or None


def _decode(view: memoryview) -> bytes | None:
    out = BytesIO()
    try:
        for start in range(0, len(view), _DECODE_BYTES):
            out.write(binascii.a2b_base64(view[start : start + _DECODE_BYTES], strict_mode=True))
    except binascii.Error:
        return None
    return out.getvalue()


def _closing(body: bytes | bytearray, start: int) -> int:
    """Where the string that opens at `start` closes; -1 if it never does."""
    end = body.find(b'"', start + 1)
    while end > 0:
        first = end
        while body[first - 1] == ord("\\"):
            first -= 1
        if (end - first) % 2 == 0:
            break
        end = body.find(b'"', end + 1)
    return end


def _restore(document: Any, views: dict[str, memoryview]) -> Any:
    """Put the views where their marks are."""
    root = [document]
    stack: list[Any] = [root]
    while stack:
        box = stack.pop()
        for key, value in enumerate(box) if isinstance(box, list) else list(box.items()):
            if isinstance(value, dict | list):
                stack.append(value)
            elif isinstance(value, str) and value in views:
                box[key] = views[value]
    return root[0]
