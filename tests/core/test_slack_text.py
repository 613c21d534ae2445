"""What Slack's editor puts into a text: emoji as codes, marks of code around a pasted command."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import grammar
from bot.core.grammar import SubCommand, check_prompt
from bot.core.job import Size
from bot.core.slack_text import replace_emoji
from tests.core.reading import read


@pytest.mark.parametrize(
    ("typed", "characters"),
    [
        ("a :fox_face: in the snow", "a 🦊 in the snow"),
        (":fox_face::wolf:", "🦊🐺"),
        ("red:fox_face: and :fox_face:es", "red🦊 and 🦊es"),
        ("赤い:fox_face:と", "赤い🦊と"),
        (":+1: :-1: :thumbsup: :e-mail:", "👍 👎 👍 📧"),
        (":flag-de: :de: :man-woman-girl-boy:", "🇩🇪 🇩🇪 👨‍👩‍👧‍👦"),
        (":wave::skin-tone-3: :wave:", "👋🏼 👋"),
        (":woman-running::skin-tone-6:", "🏃🏿‍♀️"),
        (":handshake::skin-tone-2-5:", "🫱🏻‍🫲🏾"),
        (":dog::skin-tone-3:", "🐶🏼"),
        (":umbrella: :100:!", "☂️ 💯!"),
        ("<:fox_face:>, “:wolf:”", "<🦊>, “🐺”"),
        (":nope::fox_face:", ":nope:🦊"),
    ],
)
def test_emoji_codes_are_their_characters(typed: str, characters: str) -> None:
    """A code that Slack has is its character, with the skin tone that stands behind it."""
    assert characters == replace_emoji(typed)
    assert characters == replace_emoji(characters)


@pytest.mark.parametrize(
    "typed",
    [
        ":our-logo: :party_parrot: :Fox_Face: :no such:",
        "at 10:30:15, or 10:100:15",
        "a railway at 1:100: houses",
        "a:b:c, std:on:up",
        "https://example.com/:100:/fox (https://e.com/?q=:fox_face:)",
        "example.com/:fox_face:/a.png",
        "16:9 : :: ::: :-: 😀",
    ],
)
def test_what_is_no_emoji_stays(typed: str) -> None:
    """A workspace's own emoji, times, scales, words and addresses are left as typed."""
    assert typed == replace_emoji(typed)


@given(st.text(st.sampled_from(":a1-+ /_.x\n🦊")) | st.text())
def test_only_codes_are_touched(typed: str) -> None:
    """Reading a text twice changes nothing more, and one without two colons is left alone."""
    once = replace_emoji(typed)

    assert once == replace_emoji(once)
    assert typed.count(":") > 1 or typed == once


def test_a_prompt_has_characters() -> None:
    """From a command as from a form, the model gets the character; options are read as ever."""
    assert read("a :fox_face: --n 2").prompt == "a 🦊"
    assert check_prompt(" a :fox_face: ") == "a 🦊"


@pytest.mark.parametrize(
    "text",
    [
        "`a red fox --size 2k`",
        "```a red fox --size 2k```",
        "```\na red fox\n--size 2k\n```",
        " `/image a red fox --size 2k`",
        "/image a red fox --size 2k",
        "a red fox `--size 2k`",
    ],
)
def test_a_pasted_command(text: str) -> None:
    """Backticks around a whole command, and the command's own name in it, are no part of it."""
    request = read(text)

    assert (request.prompt, request.size) == ("a red fox", Size(2048, 2048))


def test_code_among_words_stays() -> None:
    """Backticks around a part of a prompt belong to the prompt; a sub-command may be in them."""
    assert read("`a` and `b`").prompt == "`a` and `b`"
    assert grammar.read_words("`help`") is SubCommand.HELP
