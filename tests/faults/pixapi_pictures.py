"""Pictures of Pixapi's that do not come, or not as they should."""

from __future__ import annotations

from tests.faults.pixapi import SOON, armed, ends, passes
from tests.faults.row import Act, Row
from tests.flow.stage import Stage

LATER = "UPDATE jobs SET submitted = submitted - 90000000000"  # microseconds: 25 hours


def _arrives(name: str) -> Act:
    """The file in Slack is of this type, by its name and its bytes."""

    async def then(stage: Stage) -> None:
        [file] = [one for one in stage.ws.world.files.values() if one.name.startswith("easel-")]

        assert file.name.endswith(f".{name}")

    return then


async def _followed(stage: Stage) -> None:
    """The first answer's address was the next that was asked."""
    asked = [one.path for one in stage.pixapi.cdn.fetches]

    assert asked[1] == f"/moved{asked[0]}"


async def _expires_before_delivery(stage: Stage) -> None:
    """Looked at, the picture was there; when it is to be delivered, its address is over."""
    stage.faults.arm("expired", "cdn", skip=1, status=404, for_good=True)


async def _gone_for_good(stage: Stage) -> None:
    stage.faults.arm("expired", "cdn", skip=1, times=None, status=404)


async def _a_day_goes_by(stage: Stage) -> None:
    await stage.pixapi.until(lambda: any(call.name == "poll" for call in stage.pixapi.calls))
    await stage.write(LATER)


async def _huge_and_endless(stage: Stage) -> None:
    stage.faults.arm("bad_picture", "cdn", times=None, kind="huge", bytes=101_000_000)
    stage.faults.arm("no_length", "cdn", times=None)


BAD: tuple[Row, ...] = (
    *(
        ends(
            f"the picture is {kind}",
            f"the picture {what}",
            armed("bad_picture", "submit", kind=kind),
            "unreadable",
            settings=SOON,
        )
        for kind, what in (
            ("text", "does not decode: it is a text"),
            ("zero", "has no bytes"),
            ("huge", "has 200 MB: more than 100 MB is no picture of Pixapi's, and is not read"),
        )
    ),
    passes(
        "the picture is half",
        "the second half of the picture's bytes is missing: delivered as Pixapi made it",
        armed("bad_picture", "submit", kind="truncated"),
    ),
    *(
        passes(
            f"the picture is {kind}",
            f"the picture is of another type: {kind.upper()}",
            armed("bad_picture", "submit", kind=kind),
            then=_arrives(ending),
        )
        for kind, ending in (
            ("webp", "webp"),
            ("gif", "gif"),
            ("jpeg", "jpg"),
            ("avif", "avif"),
            ("tiff", "tiff"),
        )
    ),
    passes(
        "base64url",
        "the picture comes inside the answer, in base64 with the URL alphabet",
        armed("shape", "submit", shape="b64url"),
        then=_arrives("png"),
    ),
    passes(
        "an empty file once",
        "the picture has no bytes, once",
        armed("bad_picture", "cdn", kind="zero"),
    ),
    ends(
        "packed",
        "the picture comes packed (`Content-Encoding: gzip`), though nobody asked for that",
        armed("packed", "cdn", None),
        "unreadable",
        settings=SOON,
    ),
    passes(
        "packed once",
        "the picture comes packed once",
        armed("packed", "cdn"),
    ),
    passes(
        "one of two is no picture",
        "one of two pictures does not decode: both were made, and are charged",
        armed("bad_picture", "submit", kind="text", only=1),
        ask="a red fox --n 2",
        price=8,
        charged=8,
        reads="Done · *8 credits charged* · 1 of 2 images arrived",
        logged="warning: 1 of its pictures cannot be opened",
    ),
    ends(
        "too large without saying so",
        "the picture turns out to have more than 100 MB while it is delivered",
        _huge_and_endless,
        "picture_lost",
        charged=4,
    ),
)

ADDRESSES: tuple[Row, ...] = (
    passes("403 once", "the picture's address answers 403 once", armed("expired", "cdn")),
    *(
        passes(
            f"expired {status}",
            f"the picture's address expires: {status}; the next poll has a fresh one",
            armed("expired", "cdn", status=status, for_good=True),
        )
        for status in (403, 404, 410)
    ),
    passes(
        "one of two expired",
        "the address of one of two pictures expires: the next poll has a fresh one",
        armed("expired", "cdn", status=404, for_good=True),
        ask="a red fox --n 2",
        price=8,
        charged=8,
        shares=2,
    ),
    *(
        ends(
            f"expired for good {status}",
            f"the picture's address and every fresh one answers {status}",
            armed("expired", "cdn", None, status=status),
            "unreadable",
            settings=SOON,
        )
        for status in (403, 404)
    ),
    passes(
        "the picture's host is busy",
        "the picture's host answers 429 once",
        armed("status", "cdn", status=429),
    ),
    ends(
        "the picture's host is down",
        "the picture's host does not answer",
        armed("lost_request", "cdn", None),
        "unreadable",
        settings=SOON,
    ),
    passes(
        "redirect",
        "the picture's address redirects to another that may be called",
        armed("redirect", "cdn"),
        then=_followed,
    ),
    *(
        ends(
            f"redirect {what}",
            f"the picture's address redirects {what}: not followed",
            armed("redirect", "cdn", None, location=location),
            "unreadable",
            settings=SOON,
        )
        for what, location in (
            ("to plain HTTP elsewhere", "http://example.com/fox.png"),
            ("into the machine's network", "https://169.254.169.254/latest/meta-data"),
            ("in a circle", ""),
        )
    ),
    passes(
        "cut while it is looked at",
        "the connection is cut in the middle of the picture, before its pixels are known",
        armed("lost_answer", "cdn"),
    ),
    passes(
        "cut while it is delivered",
        "the connection is cut in the middle of the picture, while it is delivered",
        armed("lost_answer", "cdn", skip=1),
        logged="warning: picture 1 is not handed out: unreachable",
    ),
    passes(
        "expired before delivery",
        "the address expires between the charge and the delivery: the next poll has a fresh one",
        _expires_before_delivery,
        logged="warning: picture 1 is not handed out: expired",
    ),
    ends(
        "lost after the charge",
        "the address expires after the charge, and for a day no fresh one works",
        _gone_for_good,
        "picture_lost",
        charged=4,
        meanwhile=_a_day_goes_by,
    ),
)

ROWS = (*BAD, *ADDRESSES)
