"""The provider's complaints, in the one vocabulary that the rest of Easel knows. Pure.

Both documented error shapes, and the words of OpenAI-compatible gateways, become one code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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

_BY_STATUS = {
    400: "invalid_request",
    401: "unauthorized",
    402: "insufficient_credits",
    403: "unauthorized",
    404: "model_not_found",
    422: "prompt_rejected",
    429: "rate_limited",
    500: "internal_error",
    503: "model_unavailable",
}


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


def complaint(document: Any) -> Complaint | None:
    """Read `error` of an answer: an object in either documented shape, or a string."""
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, str) and error:
        return Complaint(_word(error), None, line(error, MESSAGE_CHARS), request_id(document))
    if not isinstance(error, dict) or not error.keys() & {"code", "type", "message"}:
        return None
    code = error.get("code")
    return Complaint(
        word=_word(code) or _word(error.get("type")),
        number=_number(code),
        message=line(error.get("message"), MESSAGE_CHARS),
        request_id=request_id(error) or request_id(document),
    )


def code_of_status(status: int) -> str:
    """The code of an answer that says no word: by the table of `reference/pixapi.md`."""
    if (code := _BY_STATUS.get(status)) is not None:
        return code
    if status >= 500:  # noqa: PLR2004 - HTTP's own classes
        return "internal_error"
    return "invalid_request" if status >= 400 else "redirected"  # noqa: PLR2004 - as above


def request_id(document: Any) -> str | None:
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
