"""What a message says to Easel, however Slack writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.job import ChannelId, FileId, Place, TeamId, Ts, UserId
from bot.core.payload import Part
from bot.core.post import (
    Attached,
    Post,
    find_nameless,
    mentions,
    name_mentions,
    read_attached,
    strip_mention,
)
from bot.core.slack_text import unescape

US = UserId("UEASEL")
NOAH = UserId("UNOAH")
FILE = Attached(FileId("F1"), "cat.png", "image/png")


def post(
    text: str = "", *, files: bool = False, thread: bool = False, direct: bool = False
) -> Post:
    """A message."""
    place = Place(TeamId("T1"), ChannelId("C1"), Ts("1.000001") if thread else None)
    return Post(place, Ts("2.000001"), NOAH, text, (FILE,) if files else (), is_direct=direct)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<@UEASEL> make it night", "make it night"),
        ("<@UEASEL|easel>, make it night", "make it night"),
        ("<@UEASEL>: make it night", "make it night"),
        ("make it <@UEASEL> night", "make it night"),
        ("make it night <@UEASEL>", "make it night"),
        ("<@UEASEL> <@UEASEL> hi", "hi"),
        ("hey <@UEASEL>\nmake it  night", "hey \nmake it  night"),
        ("<@UEASEL>", ""),
        ("<@UEASELX> and <@UNOAH>", "<@UEASELX> and <@UNOAH>"),
        ("&lt;@UEASEL&gt; hi", "&lt;@UEASEL&gt; hi"),
    ],
)
def test_the_mention_is_no_part_of_the_words(text: str, words: str) -> None:
    """A mention of Easel is taken out with the blanks around it; nobody else's is."""
    assert strip_mention(text, US) == words


@given(st.text(alphabet="ab <>@&|,\n", max_size=20), st.text(alphabet="ab <>@&|,\n", max_size=20))
def test_no_mention_is_left(before: str, after: str) -> None:
    """Whatever stands around a mention: it is found, and afterwards it is gone."""
    text = f"{before}<@UEASEL>{after}"

    assert mentions(text, US)
    assert not mentions(strip_mention(text, US), US)


@pytest.mark.parametrize(
    ("message", "may"),
    [
        (post("make it night", files=True, thread=True), True),
        (post("<@UEASEL>"), True),
        (post("hi", direct=True), True),
        (post("make it night", files=True), False),
        (post(" ", files=True, thread=True), False),
        (post("make it night", thread=True), False),
    ],
)
def test_conversation_is_known_by_its_looks(message: Post, *, may: bool) -> None:
    """What can concern nobody is passed over before anything is asked or written."""
    assert message.may_concern is may


@given(st.text(max_size=30))
def test_a_name_stays_what_it_is(name: str) -> None:
    """A person's token becomes their name, whatever they call themselves."""
    text = name_mentions("like <@UNOAH>!", {NOAH: name})

    assert find_nameless("like <@UNOAH> and <@UNOAH> and <@W1|w>") == [NOAH]
    assert unescape(text) == f"like @{name or 'UNOAH'}!"


@pytest.mark.parametrize(
    ("name", "mime", "mask"),
    [
        ("mask.png", "image/png", True),
        ("Mask of the sky.PNG", "image/png", True),
        ("mask.jpg", "image/jpeg", False),
        ("unmask.png", "image/png", False),
    ],
)
def test_a_mask_is_known_by_its_name(name: str, mime: str, *, mask: bool) -> None:
    """A PNG whose name begins with mask is one."""
    assert Attached(FileId("F1"), name, mime).is_mask is mask


@pytest.mark.parametrize(
    ("name", "mime", "image"),
    [
        ("IMG_1.HEIC", "image/heic", True),
        ("IMG_1.HEIC", "application/octet-stream", True),
        ("a.avif", "application/octet-stream", True),
        ("a.zip", "application/octet-stream", False),
        ("heic", "application/octet-stream", True),
        ("a.heic", "text/plain", False),
        ("a.heic", None, False),
        (None, "application/octet-stream", False),
    ],
)
def test_a_photo_is_known_by_its_name(name: str | None, mime: str | None, *, image: bool) -> None:
    """What Slack has no type for counts as a picture by its ending."""
    assert Attached(FileId("F1"), name, mime).is_image is image


def test_a_file_is_known_by_what_it_says() -> None:
    """A stub, a tombstone and a bare id say nothing; a file without an id is none."""
    files = [
        {"id": "F1", "name": "a.png", "mimetype": "image/png"},
        {"id": "F2", "file_access": "check_file_info"},
        {"id": "F3", "mode": "tombstone"},
        {"mode": "tombstone"},
    ]

    assert read_attached(map(Part, files)) == (
        Attached(FileId("F1"), "a.png", "image/png"),
        Attached(FileId("F2")),
        Attached(FileId("F3")),
    )
    assert read_attached([]) == ()
