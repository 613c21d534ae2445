from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import grammar
from bot.core.grammar import SubCommand
from bot.core.job import Quality, Request, Size
from bot.core.slack_text import strip_controls, unescape

if TYPE_CHECKING:
    from collections.abc import Callable
from tests.core.reading import FOX, escape, read

WORDS = st.text("abcÄ—.'\"<&>😀 \n\t", max_size=30)


# Sub-commands and prompts


@pytest.mark.parametrize("word", SubCommand)
@pytest.mark.parametrize("dress", [str, str.upper, str.title, "  {}\n".format, "\x00{}".format])
def test_words_alone_are_sub_commands(word: SubCommand, dress: Callable[[str], str]) -> None:
    """A sub-command's word alone, in any case, between blanks, is it; nothing is the composer."""
    assert word is grammar.read_words(dress(word))


@pytest.mark.parametrize(
    "text",
    ["help me hang a picture", "usage of colour", "my history", "settings, please", '"help"'],
)
def test_words_among_others_are_a_prompt(text: str) -> None:
    """A sub-command's word among others is a prompt."""
    assert text == read(text).prompt


@given(WORDS.filter(lambda typed: typed.strip() and '"' not in typed))
def test_a_prompt_reaches_the_model_as_typed(typed: str) -> None:
    """A text without options is the prompt, character by character, but for outer blanks."""
    if not any(word.startswith("—") for word in typed.split()):
        assert typed.strip() == read(escape(typed)).prompt


@pytest.mark.parametrize(
    "typed",
    [
        "a fox — art deco – 1920s ― style",
        "–5 degrees, pages 3–7, well--known, e-mail, -n 4",
        "say “hello” to 'Ann' and \"Bob\"",
        "first line\n\n  second line\twith a tab",
        "<!channel> & <@U123> &amp; &lt;b&gt;",
        'a sign that says "use --force --size 4k", neon',
        "a sign that says “—size matters”",
    ],
)
def test_what_only_looks_like_syntax_stays(typed: str) -> None:
    """Dashes as punctuation, quotes, entities and options within double quotes are prompt."""
    assert typed == read(escape(typed)).prompt


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("--size 2k a red fox", "a red fox"),
        ("a red fox --size 2k", "a red fox"),
        ("a red --size 2k fox", "a red fox"),
        ("a red --size=2k fox", "a red fox"),
        ("a red  --size   2k  fox", "a red  fox"),
        ("a red --n 2 --size 2k --model=gpt-image-2 fox", "a red fox"),
        ("a red\n--size 2k\nfox", "a red\nfox"),
        ("a red\n--size 2k fox", "a red\nfox"),
        ("a red --size\n2k\n\nfox", "a red\n\nfox"),
        ("--size 2k a --n 2 red --draft fox", "a red fox"),
        ('"a red fox" --size 2k', '"a red fox"'),
        ('6" pipe --size 2k and 3" bolt', '6" pipe and 3" bolt'),
        ('"unclosed --size 2k', '"unclosed'),
    ],
)
def test_options_leave_the_prompt_in_order(text: str, prompt: str) -> None:
    """Options may stand anywhere; what remains is the prompt, with one of the gaps around each."""
    request = read(text)

    assert prompt == request.prompt
    assert Size(2048, 2048) == request.size


@given(
    st.permutations(
        ["a", "red", "fox", "--size=2k", "--n 3", "--quality\thigh", "—model gpt-image-2"]
    )
)
def test_order_of_options_does_not_matter(parts: list[str]) -> None:
    """Wherever the options stand, the request is the same but for the prompt's order."""
    prompt = " ".join(part for part in parts if part in ("a", "red", "fox"))
    expected = Request(prompt, FOX.model, Size(2048, 2048), Quality.HIGH, 3)

    assert expected == read(" ".join(parts))


@pytest.mark.parametrize(
    "option",
    [
        "--size 2k",
        "--size=2k",
        "—size 2k",
        "–size=2k",
        "―size 2k",
        "—-size 2k",
        "--SIZE 2K",
        '--size "2k"',
        "--size “2k”",
        "—size=‘2k’",
        "--size 2048x2048",
        "--size 2048×2048",
        "--size\n2k",
        "--size 2048*2048",
        "--size 2048 x 2048",
        "--size=2048 × 2048",
        "--size 2048 x 2048 px",
        '--size "2048 x 2048"',
        "--size *2048 x 2048*",
        "--ratio 1:1 --size 2k",
        "--ar 1:1 --size 2k",
        "--aspect=1/1 --size 2k",
        "--AR 1 x 1 --size 2k",
        # Slack's formatting
        "--size *2k*",
        "--size _2k_",
        "--size `2k`",
        "--size=*_2k_*",
        "*--size 2k*",
        "`--size=2k`",
        "*--size* ~2k~",
        "_—size 2k_",
        "*--size 2k --n 1*",
        # quotes that editors make
        "--size „2k“",
        "“--size 2k”",
        "„--size=2k“",
        "‘--size 2k’",
        "“--size 2048 x 2048”",
    ],
)
def test_ways_to_write_an_option(option: str) -> None:
    """A long dash counts as two, curly quotes as straight ones; case does not count."""
    expected = Request("a fox", FOX.model, Size(2048, 2048), Quality.MEDIUM, 1)

    assert expected == read(f"a fox {option}")


# What Slack does to a text


@given(st.text() | st.text("&<>;|@#!amplgtU1 "))
def test_escaping_is_undone_once(typed: str) -> None:
    """Whatever a person types comes back from Slack's escaping as typed, tokens too."""
    assert typed == unescape(escape(typed))


@pytest.mark.parametrize(
    ("delivered", "typed"),
    [
        ("&amp;lt;", "&lt;"),
        ("&amp;amp;", "&amp;"),
        ("&lt;!channel&gt;", "<!channel>"),
        ("&lt;<@U1|ann>&gt;", "<@ann>"),
        ("&quot; &#39; &nbsp; &", "&quot; &#39; &nbsp; &"),
        ("<@U123|ann>", "@ann"),
        ("<@U123>", "@U123"),
        ("<#C123|design>", "#design"),
        ("<#C123|>", "#C123"),
        ("<!channel>", "@channel"),
        ("<!here|here>", "@here"),
        ("<!everyone>", "@everyone"),
        ("<!subteam^S1|@designers>", "@designers"),
        ("<!subteam^S1>", "@S1"),
        ("<!date^1392734382^{date}|18 Feb>", "18 Feb"),
        ("<https://example.com>", "https://example.com"),
        ("<http://example.com|example.com>", "example.com"),
        ("<mailto:ann@example.com|ann@example.com>", "ann@example.com"),
        ("<https://example.com|a label>", "https://example.com"),
        ("<https://example.com/?a=1&amp;b=&amp;lt;>", "https://example.com/?a=1&b=&lt;"),
        ("<b> < > <> <|x>", "<b> < > <> <|x>"),
        ("hi <@U1|ann>, see <#C1|x> &amp; <https://e.com>!", "hi @ann, see #x & https://e.com!"),
    ],
)
def test_tokens_become_what_was_typed(delivered: str, typed: str) -> None:
    """A token becomes what the person typed, its id where it has no name, in one pass."""
    assert typed == unescape(delivered)


@given(st.lists(st.tuples(st.text("&<>@# \nab"), st.sampled_from(["@ann", "#x", "@here"]))))
def test_tokens_between_any_text(parts: list[tuple[str, str]]) -> None:
    """Tokens are undone, and what was typed around them is left as it was."""
    tokens = {"@ann": "<@U1|ann>", "#x": "<#C1|x>", "@here": "<!here>"}
    delivered = "".join(escape(text) + tokens[token] for text, token in parts)

    assert "".join(text + token for text, token in parts) == unescape(delivered)


@given(st.text(st.characters(codec=None)))
def test_hidden_characters_are_removed(text: str) -> None:
    """What is left has no control characters but line ends and tabs, and can be stored as UTF-8."""
    left = strip_controls(text)

    assert all(char in "\n\t" or ord(char) >= 32 for char in left)
    assert not set(left) & {chr(code) for code in range(0x7F, 0xA0)}
    assert left.encode() or not left
    assert left == strip_controls(left)


def test_visible_characters_stay() -> None:
    """Line ends are made alike; joiners, accents and other scripts stay as typed."""
    typed = "a\tb\r\nc\rd 👩‍🎨 é שלום\u00a0x"

    assert strip_controls(typed) == "a\tb\nc\nd 👩‍🎨 é שלום\u00a0x"
    assert strip_controls("a\x00b\x1b[31mc\x7f\x85\ud800d") == "ab[31mcd"
