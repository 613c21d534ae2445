"""Bodies the embedded Pixapi answers with: errors and results in every documented shape."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import web

if TYPE_CHECKING:
    from bot.demo.pixapi.check import RefusedError

ErrorShape = Literal["number", "word"]

WORDS = {
    400: "invalid_request_error",
    401: "unauthorized",
    402: "insufficient_credits",
    404: "model_not_found",
    422: "prompt_rejected",
    429: "rate_limited",
    500: "internal_error",
    503: "model_unavailable",
}
STATUSES = {word: status for status, word in WORDS.items()}
"""The HTTP status of each error word."""

RESULT_SHAPES = (
    "data",
    "result.data",
    "result.images",
    "output.data",
    "response.data",
    "urls",
    "bare",
    "b64",
    "b64url",
)
"""Where a result's pictures may stand; `urls` and `bare` are strings, `b64` carries bytes."""

ENDED = {"succeeded": "completed", "error": "failed", "cancelled": "failed", "expired": "failed"}
"""Words seen for the two documented ends."""

HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"


def error_response(refused: RefusedError, request_id: str, shape: ErrorShape) -> web.Response:
    """An error as one of the two pages documents it.

    `number`: code is the HTTP number, type the word, request_id in the body. `word`: code is the
    word, there is no type, the request id is a header.
    """
    error: dict[str, Any] = {"message": refused.message}
    headers: dict[str, str] = {}
    if shape == "number":
        error |= {"code": refused.status, "type": refused.word, "request_id": request_id}
    else:
        error |= {"code": refused.word}
        headers["x-request-id"] = request_id
    if refused.retry_after is not None:
        headers["Retry-After"] = f"{refused.retry_after:g}"
    return web.json_response({"error": error}, status=refused.status, headers=headers)


def html_response(status: int) -> web.Response:
    """What a proxy in front says: no JSON, no request id."""
    text = HTML.format(f"{status} Bad Gateway" if status == 502 else str(status))  # noqa: PLR2004 the usual one
    return web.Response(text=text, status=status, content_type="text/html")


def place(shape: str, addresses: list[str], pictures: list[bytes], prompt: str) -> dict[str, Any]:
    """The part of a result that carries the pictures; `pictures` is used by b64 and b64url only."""
    match shape:
        case "urls":
            return {"urls": addresses}
        case "bare":
            return {"data": addresses}
        case "b64":
            return {"data": [{"b64_json": base64.b64encode(p).decode()} for p in pictures]}
        case "b64url":
            return {"data": [{"b64_json": base64.urlsafe_b64encode(p).decode()} for p in pictures]}
        case _:
            found: Any = [{"url": url, "revised_prompt": prompt} for url in addresses]
            for key in reversed(shape.split(".")):
                found = {key: found}
            return dict(found)


def usage(prompt: str, images: int, made: int) -> dict[str, Any]:
    """Token counts in the OpenAI form; invented, but adding up."""
    text, shown, drawn = max(1, len(prompt) // 4), 256 * images, 1024 * made
    return {
        "input_tokens": text + shown,
        "input_tokens_details": {"text_tokens": text, "image_tokens": shown},
        "output_tokens": drawn,
        "total_tokens": text + shown + drawn,
    }
