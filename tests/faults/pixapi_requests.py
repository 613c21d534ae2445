"""Pixapi's failures at the request itself: refusals, proxies, connections."""

from __future__ import annotations

from bot.demo.slack.seed import DESIGN, MIA
from tests.faults.pixapi import armed, ends, passes
from tests.faults.row import Act, Row, nothing
from tests.flow.stage import Stage

NOBODY = (("PIXAPI_BASE_URL", "http://127.0.0.1:1"),)  # where nothing listens

WORDS = {  # Pixapi's word: its HTTP status, the code of FAULTS, how often Easel asks
    "invalid_request_error": (400, "invalid_request", 1),
    "invalid_request": (400, "invalid_request", 1),
    "unauthorized": (401, "unauthorized", 1),
    "insufficient_credits": (402, "insufficient_credits", 1),
    "model_not_found": (404, "model_not_found", 1),
    "prompt_rejected": (422, "prompt_rejected", 1),
    "rate_limited": (429, "rate_limited", 2),
    "internal_error": (500, "internal_error", 2),
    "model_unavailable": (503, "model_unavailable", 2),
}


def _refuses(status: int, word: str, *, is_number: bool) -> Act:
    """Every request for GPT Image 2 is refused, in this shape."""

    async def arm(stage: Stage) -> None:
        stage.pixapi.error_shape = "number" if is_number else "word"
        call = "submit:gpt-image-2"
        stage.faults.arm("status", call, times=None, status=status, code=word, retry_after=1)

    return arm


async def _no_endpoints(stage: Stage) -> None:
    stage.pixapi.no_tasks = 404
    stage.faults.arm("status", "sync", status=404, code="not_found")


async def _no_tasks(stage: Stage) -> None:
    stage.pixapi.no_tasks = 404


async def _sync_is_lost(stage: Stage) -> None:
    stage.pixapi.no_tasks = 404
    stage.faults.arm("lost_answer", "sync")


async def _sync_is_empty(stage: Stage) -> None:
    stage.pixapi.no_tasks = 404
    stage.faults.arm("empty", "sync")


async def _another_model(stage: Stage) -> None:
    """The first offer under the failure becomes a card at that model's own price."""
    root = await stage.root("no capacity")
    offer = next(
        element["text"]["text"]
        for block in root.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    )
    price = offer.partition(" · ")[2]
    await stage.ws.click(MIA, DESIGN, root.ts, "instead_0")
    await stage.card(f"Generate · {price}")
    [(model,)] = await stage.rows("SELECT model FROM jobs WHERE state = 'offered'")

    assert price == "2 credits"
    assert str(model).startswith("gemini-")


def _refusals() -> tuple[Row, ...]:
    """Each word of Pixapi's in both documented shapes."""
    return tuple(
        ends(
            f"{word} as {'type' if is_number else 'code'}",
            f"the request is refused: {status}, "
            + (f"code {status}, type `{word}`" if is_number else f"code `{word}`"),
            _refuses(status, word, is_number=is_number),
            code,
            submits=tries,
            then=_another_model if (word, is_number) == ("model_unavailable", True) else None,
        )
        for word, (status, code, tries) in WORDS.items()
        for is_number in (True, False)
    )


ROWS: tuple[Row, ...] = (
    *_refusals(),
    ends(
        "a word that nobody knows",
        "the request is refused with a word that nobody knows",
        armed("status", "submit", status=418, code="short_and_stout"),
        "invalid_request",
    ),
    passes(
        "429 once",
        "429 once, without `Retry-After`",
        armed("status", "submit", status=429),
        submits=2,
    ),
    passes(
        "429 once with Retry-After",
        "429 once, with a `Retry-After` of 7 seconds",
        armed("status", "submit", status=429, retry_after=7),
        submits=2,
    ),
    ends(
        "429 without Retry-After",
        "429 at every try, without `Retry-After`",
        armed("status", "submit", None, status=429),
        "rate_limited",
        submits=2,
    ),
    ends(
        "429 with a long Retry-After",
        "429 with a `Retry-After` of ten minutes: longer than anybody waits",
        armed("status", "submit", None, status=429, retry_after=600),
        "rate_limited",
    ),
    passes("500 once", "500 once", armed("status", "submit", status=500), submits=2),
    passes("503 once", "503 once", armed("status", "submit", status=503), submits=2),
    ends(
        "429 in HTML",
        "429 by a proxy, in HTML, at every try",
        armed("html", "submit", None, status=429),
        "rate_limited",
        submits=2,
    ),
    ends(
        "403 in HTML",
        "403 by a proxy, in HTML",
        armed("html", "submit", status=403),
        "unauthorized",
    ),
    *(
        ends(
            f"{status} in HTML",
            f"{status} in HTML: the proxy may have handed the request on",
            armed("html", "submit", status=status),
            "submit_lost",
        )
        for status in (200, 500, 502, 503, 504)
    ),
    ends(
        "nobody listens",
        "the connection is refused",
        nothing,
        "unreachable",
        settings=NOBODY,
        submits=0,
    ),
    ends(
        "cut before it took effect",
        "the connection is cut after the request was sent; Pixapi did nothing",
        armed("lost_request", "submit"),
        "submit_lost",
    ),
    ends(
        "cut after it took effect",
        "the connection is cut after the request was sent; Pixapi works on it",
        armed("lost_answer", "submit"),
        "submit_lost",
    ),
    passes(
        "no task endpoints",
        "a gateway without task endpoints: asked for the picture at once",
        _no_tasks,
        submits=2,
    ),
    ends(
        "no endpoints",
        "an address without any endpoint for pictures",
        _no_endpoints,
        "not_found",
        submits=2,
    ),
    ends(
        "redirected",
        "an address that redirects: requests that spend are not sent elsewhere",
        armed("status", "submit", status=301, code="moved"),
        "not_found",
    ),
    ends(
        "cut while it draws",
        "the connection is cut while a gateway without tasks draws",
        _sync_is_lost,
        "submit_lost",
        submits=2,
    ),
    ends(
        "200 with empty data at once",
        "a gateway without tasks answers 200 with empty `data`",
        _sync_is_empty,
        "empty",
        submits=2,
    ),
)
