"""Every answer of Pixapi's → a task, pictures, or an error. Pure.

Published and observed shapes are in `reference/pixapi.md`: where two pages of the provider's
disagree, both are read. What cannot be read never counts as "not charged". Both documented shapes
of an error, and the words of OpenAI-compatible gateways, become one code.

A big answer is read without holding its pictures several times over: `json.loads` would copy
base64 of 50 MB twice and hold the interpreter's lock meanwhile (the event loop stands still even
when a thread does it). So long plain strings are cut out first, and base64 is decoded in pieces,
between which other threads run.
"""

from __future__ import annotations

import binascii
import json
import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypedDict

from bot.calls import retry_after
from bot.core.job import TaskId
from bot.pixapi.errors import (
    TRANSIENT_CODES,
    BadAnswer,
    InDoubt,
    NoAnswer,
    NoEndpoint,
    PixapiError,
    Rejected,
    TaskFailed,
    TaskVanished,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

log = logging.getLogger(__name__)

COMPLETED = frozenset({"completed", "succeeded"})
FAILED = frozenset({"failed", "error", "cancelled", "canceled", "expired"})
WAITING = frozenset({"queued", "pending", "processing", "in_progress", "running"})

MOST_CREDITS = 1_000_000
"""A `costCredits` above this is a mistake, not a price (10 pictures in 4K are 1,330 credits)."""
ADDRESS_CHARS = 8192
STATUS_CHARS = 40

_HANDED_ON = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT, *range(520, 528)})
"""Said by a proxy that may have handed the request on before it lost the answer."""

MESSAGE_CHARS = 500
ID_CHARS = 200

_SYNONYMS = {
    "invalid_request": "invalid_request",
    "unauthorized": "unauthorized",
    "authentication": "unauthorized",
    "invalid_api_key": "unauthorized",
    "insufficient_credits": "insufficient_credits",
    "insufficient_quota": "insufficient_credits",
    "model_not_found": "model_not_found",
    "prompt_rejected": "prompt_rejected",
    "content_policy_violation": "prompt_rejected",
    "moderation_blocked": "prompt_rejected",
    "rate_limited": "rate_limited",
    "rate_limit": "rate_limited",
    "rate_limit_exceeded": "rate_limited",
    "internal": "internal_error",
    "server": "internal_error",
    "model_unavailable": "model_unavailable",
    "overloaded": "model_unavailable",
    "service_unavailable": "model_unavailable",
}
"""Known words, without a trailing `_error`. The first of each code is the documented one."""

_BY_STATUS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "invalid_request",
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.PAYMENT_REQUIRED: "insufficient_credits",
    HTTPStatus.FORBIDDEN: "unauthorized",
    HTTPStatus.NOT_FOUND: "model_not_found",
    HTTPStatus.UNPROCESSABLE_ENTITY: "prompt_rejected",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limited",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal_error",
    HTTPStatus.SERVICE_UNAVAILABLE: "model_unavailable",
}

LONG_BYTES = 64 * 1024
"""A string of more bytes than this, without escapes, arrives as a view."""

_DECODE_BYTES = 256 * 1024  # divisible by 4: about 0.3 ms a piece
_SPACE = b" \t\r\n"
_FOR_URLS = bytes.maketrans(b"-_", b"+/")  # the two letters of the URL alphabet: RFC 4648, 5


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came over the wire, its body whole."""

    status: int
    headers: Mapping[str, str]  # looked up in lower case
    body: bytes | bytearray = field(repr=False)


@dataclass(frozen=True, slots=True)
class Image:
    """One result: an address to open, or the picture itself where the answer held it."""

    url: str | None = field(default=None, repr=False)  # unchecked; may be signed, so a secret
    content: bytes | None = field(default=None, repr=False)  # decoded; exactly one of the two


@dataclass(frozen=True, slots=True)
class Finished:
    """What a finished request brought; fewer or more images than asked, or none, may come."""

    images: tuple[Image, ...]  # in the provider's order
    cost_credits: int | None  # the provider's own settlement, where it is a valid one
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """Pixapi has taken the request as a task."""

    task: TaskId
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Running:
    """The task goes on; the provider's word for it, for logs."""

    status: str


class Facts(TypedDict):
    """What every error carries from the answer that it was read from."""

    message: str
    request_id: str | None
    http_status: int
    retry_after: float | None


def read_submit(reply: Reply) -> Submitted | Finished:
    """What became of a submit, from a task endpoint or a sync one.

    Raises:
        Rejected: a refusal, in any documented shape; NoEndpoint among them.
        InDoubt: nothing in the answer says what became of the request.
    """
    document = _document(reply)
    if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise _submit_error(reply, document)
    task = _task_id(document)
    images = _images(document)
    waiting = _status(document) in WAITING
    if images and not (task and waiting):
        return _outcome(reply, document, images)
    if task:
        return Submitted(task, _request_id(reply, document))
    if images is not None:
        return _outcome(reply, document, images)
    if read_complaint(document):
        raise _refused(reply, document)
    raise InDoubt("bad_answer", **_facts(reply, document))


def read_task(reply: Reply) -> Running | Finished:
    """What a task's page says.

    Raises:
        TaskFailed, TaskVanished, BadAnswer: the task has ended, each in its way.
        NoAnswer: the answer is not about the task.
    """
    document = _document(reply)
    status = _status(document)
    if reply.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise TaskVanished("task_vanished", **_facts(reply, document))
    if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise _poll_error(reply, document)
    if status in FAILED:
        raise TaskFailed(_code(document, None) or "task_failed", **_facts(reply, document))
    if status and status not in COMPLETED:
        return Running(status)
    images = _images(document)
    if images or (status and images is not None):
        return _outcome(reply, document, images)
    if status:
        raise BadAnswer("bad_answer", **_facts(reply, document))
    raise NoAnswer("bad_answer", transient=True, **_facts(reply, document))


def _submit_error(reply: Reply, document: Any) -> PixapiError:
    complaint = read_complaint(document)
    missing = reply.status == HTTPStatus.METHOD_NOT_ALLOWED or (
        reply.status == HTTPStatus.NOT_FOUND
        and (complaint is None or complaint.word != "model_not_found")
    )
    if missing:
        return NoEndpoint("not_found", **_facts(reply, document))
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR and (
        complaint is None or reply.status in _HANDED_ON
    ):
        return InDoubt("answer_lost", **_facts(reply, document))
    return _refused(reply, document)


def _refused(reply: Reply, document: Any) -> Rejected:
    status = reply.status if reply.status >= HTTPStatus.MULTIPLE_CHOICES else None
    code = _code(document, status) or "invalid_request"
    return Rejected(code, transient=code in TRANSIENT_CODES, **_facts(reply, document))


def _poll_error(reply: Reply, document: Any) -> NoAnswer:
    code = _code(document, reply.status) or "bad_answer"
    transient = reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in TRANSIENT_CODES
    return NoAnswer(code, transient=transient, **_facts(reply, document))


def _code(document: Any, status: int | None) -> str | None:
    """The provider's word, or what the HTTP status stands for; None where nothing says."""
    if (complaint := read_complaint(document)) is not None:
        return complaint.code(status)
    return None if status is None else code_of_status(status)


def _outcome(reply: Reply, document: Any, images: tuple[Image, ...]) -> Finished:
    return Finished(images, _cost(document), _request_id(reply, document))


def _images(document: Any) -> tuple[Image, ...] | None:
    """The pictures of the first place that has any.

    Empty where a place is there and empty; None where no place is, or nothing in it is readable.
    """
    empty = unreadable = False
    for place in _places(document):
        items = place if isinstance(place, list) else [place]
        found = tuple(image for item in items for image in _of_item(item))
        if found:
            return found
        empty = empty or not items
        unreadable = unreadable or bool(items)
    if unreadable:
        log.warning("an answer has result items of an unknown shape")
    return () if empty and not unreadable else None


def _places(document: Any) -> Iterator[Any]:
    """Where results have been seen, in the order of `reference/pixapi.md`; null is not there."""
    if not isinstance(document, dict):
        return
    boxes = {name: document.get(name) for name in ("result", "output", "response")}
    wheres = (
        (document, "data"),
        (boxes["result"], "data"),
        (boxes["result"], "images"),
        (boxes["output"], "data"),
        (boxes["response"], "data"),
        *((box, "urls") for box in (document, *boxes.values())),
    )
    for box, name in wheres:
        if isinstance(box, dict) and box.get(name) is not None:
            yield box[name]


def _of_item(item: Any) -> Iterator[Image]:
    """The pictures of one item: `{url}`, `{b64_json}`, `{urls: […]}`, or a bare address."""
    if not isinstance(item, dict):
        values = [item]
    elif image := _of_address(item.get("url")) or _of_base64(item.get("b64_json")):
        yield image
        return
    else:
        urls = item.get("urls")
        values = urls if isinstance(urls, list) else []
    for value in values:
        if image := _of_address(value):
            yield image


def _of_address(value: Any) -> Image | None:
    if isinstance(value, memoryview) or (isinstance(value, str) and value.startswith("data:")):
        return _of_base64(value)
    if isinstance(value, str) and 0 < len(value) <= ADDRESS_CHARS and value.isprintable():
        return Image(url=value)
    return None


def _of_base64(value: Any) -> Image | None:
    content = decode_base64(value) if isinstance(value, str | memoryview) else None
    return Image(content=content) if content else None


def _document(reply: Reply) -> Any:
    """The answer as JSON; None for HTML, for nothing, for anything else."""
    try:
        return parse(reply.body)
    except ValueError:
        return None


def _task_id(document: Any) -> TaskId | None:
    """The task's id, where it can stand in an address."""
    value = document.get("id") if isinstance(document, dict) else None
    text = value if isinstance(value, str) else str(value) if type(value) is int else ""
    usable = text.isprintable() and len(text) <= ID_CHARS and text.strip(". ")
    return TaskId(text) if usable else None


def _status(document: Any) -> str:
    """The task's state in lower case; empty where the answer has none."""
    value = document.get("status") if isinstance(document, dict) else None
    return line(value, STATUS_CHARS).lower()


def _cost(document: Any) -> int | None:
    """A valid `costCredits`: a whole number that is not negative."""
    if not isinstance(document, dict):
        return None
    boxes = (document, *(document.get(name) for name in ("result", "output", "response")))
    for box in boxes:
        cost = box.get("costCredits") if isinstance(box, dict) else None
        if cost is not None:
            return cost if type(cost) is int and 0 <= cost <= MOST_CREDITS else None
    return None


def _request_id(reply: Reply, document: Any) -> str | None:
    header = line(reply.headers.get("x-request-id"), ID_CHARS)
    return _stated_id(document) or header or None


def _facts(reply: Reply, document: Any) -> Facts:
    """What every error carries, from an answer of any shape."""
    complaint = read_complaint(document)
    return Facts(
        message="" if complaint is None else complaint.message,
        request_id=(complaint and complaint.request_id) or _request_id(reply, document),
        http_status=reply.status,
        retry_after=retry_after(reply.headers),
    )


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error object of the provider's, read."""

    word: str | None  # the code, where the provider used a word that we know
    number: int | None  # the HTTP number in place of a word
    message: str  # untrusted, one line, at most 500 characters
    request_id: str | None

    def code(self, status: int | None) -> str | None:
        """The code of an answer with this HTTP status; None if nothing says which."""
        number = self.number if status is None else status
        return self.word or (None if number is None else code_of_status(number))


def read_complaint(document: Any) -> Complaint | None:
    """Read `error` of an answer: an object in either documented shape, or a string."""
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, str) and error:
        return Complaint(_word(error), None, line(error, MESSAGE_CHARS), _stated_id(document))
    if not isinstance(error, dict) or not error.keys() & {"code", "type", "message"}:
        return None
    code = error.get("code")
    return Complaint(
        word=_word(code) or _word(error.get("type")),
        number=_number(code),
        message=line(error.get("message"), MESSAGE_CHARS),
        request_id=_stated_id(error) or _stated_id(document),
    )


def code_of_status(status: int) -> str:
    """The code of an answer that says no word: by the table of `reference/pixapi.md`."""
    if (code := _BY_STATUS.get(status)) is not None:
        return code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "internal_error"
    return "invalid_request" if status >= HTTPStatus.BAD_REQUEST else "redirected"


def _stated_id(document: Any) -> str | None:
    """`request_id` of an object in an answer, where it is usable."""
    return (line(document.get("request_id"), ID_CHARS) or None) if type(document) is dict else None


def line(text: Any, limit: int) -> str:
    """One printable line of at most `limit` characters; empty for what is no string.

    NUL and lone surrogates would be refused by the database, line breaks would forge log lines.
    """
    if not isinstance(text, str):
        return ""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(char if char.isprintable() else " " for char in cut).strip()


def _word(text: Any) -> str | None:
    if not isinstance(text, str):
        return None
    plain = text[:ID_CHARS].strip().lower().replace("-", "_").replace(" ", "_")
    return _SYNONYMS.get(plain.removesuffix("_error"))


def _number(code: Any) -> int | None:
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) == len("404"):
        return int(code)
    return code if type(code) is int and 100 <= code <= 599 else None  # noqa: PLR2004 - HTTP's range


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
