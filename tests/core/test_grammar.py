from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.catalogue import parse as parse_prices
from bot.core.errors import Mistake
from bot.core.grammar import (
    OPTIONS,
    Defaults,
    SubCommand,
    check_prompt,
    clean,
    parse,
    unescape,
)
from bot.core.job import ModelId, Quality, Request, Size

if TYPE_CHECKING:
    from collections.abc import Callable

CATALOGUE = parse_prices(files("bot.core").joinpath("prices.json").read_text(encoding="utf-8"))
FOX = Request("a red fox", ModelId("gpt-image-2"), None, Quality.MEDIUM, 1)
WORDS = st.text("abcÄ—.'\"<&>😀 \n\t", max_size=30)


def escape(typed: str) -> str:
    """What Slack does to a text."""
    return typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read(text: str, defaults: Defaults | None = None) -> Request:
    """The request of a text; fails if it is none."""
    result = parse(text, CATALOGUE, defaults or Defaults())
    assert isinstance(result, Request)
    return result


def mistake(text: str) -> str:
    """The sentence with which a text is refused."""
    with pytest.raises(Mistake) as caught:
        parse(text, CATALOGUE)
    return caught.value.sentence


# Sub-commands and prompts


@pytest.mark.parametrize("word", SubCommand)
@pytest.mark.parametrize("dress", [str, str.upper, str.title, "  {}\n".format, "\x00{}".format])
def test_words_alone_are_sub_commands(word: SubCommand, dress: Callable[[str], str]) -> None:
    """A sub-command's word alone, in any case, between blanks, is it; nothing is the composer."""
    assert word is parse(dress(word), CATALOGUE)


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
    ],
)
def test_ways_to_write_an_option(option: str) -> None:
    """A long dash counts as two, curly quotes as straight ones; case does not count."""
    expected = Request("a fox", FOX.model, Size(2048, 2048), Quality.MEDIUM, 1)

    assert expected == read(f"a fox {option}")


# What the options mean


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a red fox", FOX),
        ("a red fox --size auto", FOX),
        ("a red fox --quality low", Request("a red fox", FOX.model, None, Quality.LOW)),
        ("a red fox --quality AUTO", Request("a red fox", FOX.model, None, Quality.AUTO)),
        ("a red fox --draft", Request("a red fox", FOX.model, None, Quality.LOW)),
        ("a red fox --draft --quality low", Request("a red fox", FOX.model, None, Quality.LOW)),
        ("--draft a red fox", Request("a red fox", FOX.model, None, Quality.LOW)),
        ("a red fox --model nano-banana", Request("a red fox", ModelId("gemini-2.5-flash-image"))),
        (
            "a red fox --ratio 16:9",
            Request("a red fox", FOX.model, Size(1536, 864), Quality.MEDIUM),
        ),
        (
            "a red fox --ratio 9:16 --size 4k",
            Request("a red fox", FOX.model, Size(2160, 3840), Quality.MEDIUM),
        ),
        (
            "a red fox --ratio 16:9 --size auto --model nano-banana",
            Request("a red fox", ModelId("gemini-2.5-flash-image"), Size(1024, 576)),
        ),
    ],
)
def test_what_options_mean(text: str, expected: Request) -> None:
    """Each option sets what it names; what is left out has the contract's default."""
    assert expected == read(text)


@pytest.mark.parametrize("count", range(1, 11))
def test_every_count_in_range(count: int) -> None:
    """One to ten images may be asked for."""
    assert count == read(f"a fox --n {count}").count


def test_defaults_of_a_person() -> None:
    """What a person leaves out is as they chose, where the model can; what they say counts."""
    mine = Defaults(Size(3840, 2160), Quality.HIGH)

    assert read("a fox", mine) == Request("a fox", FOX.model, mine.size, Quality.HIGH)
    assert read("a fox --size auto --draft", mine).size is None
    assert read("a fox --draft", mine).quality is Quality.LOW
    assert read("a fox --ratio 1:1", mine).size == Size(2880, 2880)
    assert read("a fox --model nano-banana-pro", mine).size == mine.size
    assert read("a fox --model nano-banana", mine).size is None  # has no price at 4K
    assert read("a fox", Defaults(Size(512, 512))).size is None  # is no size of this model


SIZES = (
    "auto, square, landscape, portrait, 2k, 2k-landscape, 2k-portrait, 4k, 4k-landscape,"
    " 4k-portrait"
)
MODELS = "Models: gpt-image-2, nano-banana, nano-banana-2, nano-banana-pro, gpt-image-1.5"
NAMES = "Options: --size, --ratio, --quality, --draft, --n, --model"
QUOTE = " If it belongs to the prompt, put it in double quotes."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a --sice 2k", f"There is no option --sice. {NAMES}; nearest: --size.{QUOTE}"),
        ("a —Qualty=low", f"There is no option --Qualty. {NAMES}; nearest: --quality.{QUOTE}"),
        ("a --zzz", f"There is no option --zzz. {NAMES}.{QUOTE}"),
        ("a ---size 2k", f"There is no option ---size. {NAMES}; nearest: --size.{QUOTE}"),
        ("a -- fox", f"-- needs a name right after it. {NAMES}."),
        ("a --=2k", f"-- needs a name right after it. {NAMES}."),
        ("a --size 2k --Size=2k", "--size is there twice. Say it once."),
        ("a --draft --draft", "--draft is there twice. Say it once."),
        ("a --size", f"--size needs a value: WIDTHxHEIGHT or {SIZES}."),
        ("a --size= 2k", f"--size needs a value: WIDTHxHEIGHT or {SIZES}."),
        ("a --size --draft", f"--size needs a value: WIDTHxHEIGHT or {SIZES}."),
        ('a --ratio ""', "--ratio needs a value: W:H, as in 16:9."),
        ("a --draft=yes", "--draft stands alone, without a value."),
        ("a --n 0", "--n 0: from 1 to 10 images; nearest: 1."),
        ("a --n 11", "--n 11: from 1 to 10 images; nearest: 10."),
        ("a --n -3", "--n -3: from 1 to 10 images; nearest: 1."),
        ("a --n two", "--n two: write a whole number of images from 1 to 10."),
        ("a --n 2.5", "--n 2.5: write a whole number of images from 1 to 10."),
        ("a --n ٣", "--n ٣: write a whole number of images from 1 to 10."),
        ("a --size 1000x1000", "1000x1000: edges must be multiples of 16; nearest: 1008x1008."),
        (
            "a --size sqare",
            f"sqare is not a size. Write WIDTHxHEIGHT or one of {SIZES}; nearest: square.",
        ),
        ("a --ratio 5:1", "5:1 is too long. Ratios go from 1:3 to 3:1; nearest: 3:1."),
        (
            "a --ratio 16:9 --size 1000x1000",
            "1000x1000: edges must be multiples of 16; nearest: 1008x1008.",
        ),
        (
            "a --quality hi",
            "hi is not a quality. Qualities: low, medium, high, auto; nearest: high.",
        ),
        (
            "a --draft --quality high",
            "--draft is --quality low, and --quality high is there too. Keep one.",
        ),
        (
            "a --quality low --model nano-banana",
            "Nano Banana (gemini-2.5-flash-image) has no quality to choose. Leave --quality out.",
        ),
        (
            "a --draft --model nano-banana",
            "Nano Banana (gemini-2.5-flash-image) has no quality to choose. Leave --draft out.",
        ),
        (
            "a --model nano-bananas",
            f"There is no model nano-bananas. {MODELS}; nearest: nano-banana.",
        ),
        ("--size 2k", "There is no prompt. Say what to draw, as in: /image a red fox --size 2k"),
    ],
)
def test_mistakes_name_what_is_allowed(text: str, sentence: str) -> None:
    """Each mistake is refused with what is wrong, what is allowed and the nearest valid choice."""
    assert sentence == mistake(text)


@pytest.mark.parametrize(
    "text", ["a --n " + "9" * 5000, "a --" + "x" * 9000, "a --model " + "x" * 9000]
)
def test_sentences_stay_short(text: str) -> None:
    """However long the mistake, its sentence can be read."""
    assert len(mistake(text)) < 500


def test_longest_prompt() -> None:
    """A prompt has at most 32,000 characters; its options and outer blanks do not count."""
    longest = "😀" * 32_000

    assert longest == read(f" {longest} --size 2k").prompt
    assert mistake(f"{longest}x") == (
        "The prompt has 32,001 characters. At most 32,000 are allowed."
    )


@pytest.mark.parametrize("text", ["", " \n\t", "\x00\x1b"])
def test_a_prompt_is_not_empty(text: str) -> None:
    """A prompt of nothing that can be seen is refused."""
    with pytest.raises(Mistake, match="There is no prompt"):
        check_prompt(text)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever the text, the answer is a request, a sub-command or a mistake."""
    try:
        result = parse(text, CATALOGUE)
    except Mistake as refused:
        assert refused.sentence  # noqa: PT017 -- either outcome is right
    else:
        assert isinstance(result, Request | SubCommand)


def test_table_of_options_is_the_contract() -> None:
    """The table that the help shows has the contract's options, with the defaults applied."""
    defaults = {option.name: option.default for option in OPTIONS if option.default}

    assert [option.name for option in OPTIONS] == [
        "size",
        "ratio",
        "quality",
        "draft",
        "n",
        "model",
    ]
    assert defaults == {"size": "auto", "quality": "medium", "n": "1"}
    assert read("a red fox --size auto --quality medium --n 1") == read("a red fox")


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
        ("<@U9>", "@Zoe"),
        ("<#C123|design>", "#design"),
        ("<#C123|>", "#C123"),
        ("<#C9|>", "#secret"),
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
    assert typed == unescape(delivered, {"U9": "Zoe", "C9": "secret"})


@given(st.lists(st.tuples(st.text("&<>@# \nab"), st.sampled_from(["@ann", "#x", "@here"]))))
def test_tokens_between_any_text(parts: list[tuple[str, str]]) -> None:
    """Tokens are undone, and what was typed around them is left as it was."""
    tokens = {"@ann": "<@U1|ann>", "#x": "<#C1|x>", "@here": "<!here>"}
    delivered = "".join(escape(text) + tokens[token] for text, token in parts)

    assert "".join(text + token for text, token in parts) == unescape(delivered)


def test_names_reach_the_prompt() -> None:
    """A token without a name gets the one that the caller knows."""
    result = parse("draw <@U9>", CATALOGUE, names={"U9": "Zoe"})

    assert isinstance(result, Request)
    assert result.prompt == "draw @Zoe"


@given(st.text(st.characters(codec=None)))
def test_hidden_characters_are_removed(text: str) -> None:
    """What is left has no control characters but line ends and tabs, and can be stored as UTF-8."""
    left = clean(text)

    assert all(char in "\n\t" or ord(char) >= 32 for char in left)
    assert not set(left) & {chr(code) for code in range(0x7F, 0xA0)}
    assert left.encode() or not left
    assert left == clean(left)


def test_visible_characters_stay() -> None:
    """Line ends are made alike; joiners, accents and other scripts stay as typed."""
    typed = "a\tb\r\nc\rd 👩‍🎨 é שלום\u00a0x"

    assert clean(typed) == "a\tb\nc\nd 👩‍🎨 é שלום\u00a0x"
    assert clean("a\x00b\x1b[31mc\x7f\x85\ud800d") == "ab[31mcd"
