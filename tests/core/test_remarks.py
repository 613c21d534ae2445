"""What the card says of words that were probably meant as more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.grammar import find_remarks


@pytest.mark.parametrize(
    ("prompt", "typed", "wanted"),
    [
        ("a fox -n 3", "-n 3", "--n 3"),
        ("-size 2k, a fox", "-size 2k", "--size 2k"),
        ("a -quality=high fox", "-quality=high", "--quality high"),
        ("a fox -AR 16:9", "-AR 16:9", "--ratio 16:9"),
        ("a fox -draft blue", "-draft", "--draft"),
        ("a fox -4k", "-4k", "--size 4k"),
        ("a fox -hd.", "-hd", "--quality high"),
        ("a fox -n", "-n", "--n"),
    ],
)
def test_a_single_dash_is_said(prompt: str, typed: str, wanted: str) -> None:
    """What looks like an option is named as it was typed, and how an option is written."""
    [told] = find_remarks(prompt)

    assert told == (
        f"“{typed}” looks like an option and was taken as words of the prompt. "
        f"An option has two dashes: {wanted}"
    )


@pytest.mark.parametrize("prompt", ["a fox --size 2k", "a fox —size 2k"])
def test_an_option_typed_into_a_form_is_said(prompt: str) -> None:
    """Two dashes stay in a prompt only where it was typed into a form."""
    assert find_remarks(prompt)[0].endswith("In a form, choose it in its field.")


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("https://example.com/a/cat.png make it blue", "cat.png"),
        ("like this (http://e.com/a%20cat.JPG?width=3#x), but blue", "a cat.JPG"),
        ("see:https://files.slack.com/files-pri/T1-F1/cat.heic", "cat.heic"),
        ("example.com/cat.webp, blue", "cat.webp"),
        (f"https://e.com/{'x' * 80}.gif", f"…{'x' * 56}.gif"),
    ],
)
def test_a_link_to_a_picture_is_said(prompt: str, name: str) -> None:
    """A link to a picture is words, and the remark says how to attach the picture."""
    [told] = find_remarks(prompt)

    assert told == (
        f"The link to {name} was taken as words: Easel does not open links. To edit that "
        "picture, add its file with Change…, or attach it to a message that mentions Easel."
    )


@pytest.mark.parametrize(
    "prompt",
    [
        "a fox",
        'a sign that says "-n 3" or “--size 2k”',
        "-5 degrees, e-mail, pages 3-7, a - b, -nope 3, well -known",
        "cat.png, and/or.png, ann@example.com/cat.png",
        "https://example.com/cats and https://example.com/cat.pngs",
    ],
)
def test_nothing_is_said_of_words(prompt: str) -> None:
    """Quotations, dashes in language, names of files and other links are words."""
    assert find_remarks(prompt) == ()


@given(st.text() | st.text(st.sampled_from('-—=n3k.:/ png"“')))
def test_no_prompt_breaks_it(prompt: str) -> None:
    """Whatever the prompt, each remark is one sentence or two, and none is said twice."""
    told = find_remarks(prompt)

    assert len(told) == len(set(told))
    assert all(len(one) < len(prompt) + 300 for one in told)


@pytest.mark.parametrize(
    "piece", ["a.b/,", "https://a.b/", "-n ", "-", "a.png/,", "“-n", "a.", "/a", "! "]
)
def test_long_prompts_are_read_once(piece: str) -> None:
    """The longest prompt of anything repeated is read without going back over it."""
    assert len(find_remarks(piece * (32_000 // len(piece)))) <= 1
