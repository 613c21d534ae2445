"""The options behind a prompt: what they mean, and what is said of mistakes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import grammar
from bot.core.errors import Mistake
from bot.core.grammar import (
    OPTIONS,
    Defaults,
    check_prompt,
    parse,
)
from bot.core.job import ModelId, Quality, Request, Size
from tests.core.reading import CATALOGUE, FOX, mistake, read, typed

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
EDGES = "the long edge must be 512, 1024, 1536, 2048, 3840 or 4096 pixels"
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


def test_all_mistakes_are_told_at_once() -> None:
    """Several mistakes are one answer: each in its line with its nearest choice, in their order."""
    told = mistake("a --foo 3 --size 1000x1000 --ratio 1.5 --Qualty=low --n 0 --quality hgih")

    assert told.splitlines() == [
        f"• There is no option --foo. {NAMES}.{QUOTE}",
        "• There is no option --Qualty; nearest: --quality.",
        "• 1000x1000: edges must be multiples of 16; nearest: 1008x1008.",
        "• 1.5 is not a ratio. Write two whole numbers, as in 16:9; nearest: 3:2.",
        "• hgih is not a quality. Qualities: low, medium, high, auto; nearest: high.",
        "• --n 0: from 1 to 10 images; nearest: 1.",
    ]


def test_mistakes_beside_a_model_that_does_not_exist() -> None:
    """A size is measured by the model that was probably meant."""
    told = mistake("a --model nano-bananas --size 1000x900").splitlines()

    assert told == [
        f"• There is no model nano-bananas. {MODELS}; nearest: nano-banana.",
        f"• 1000x900: {EDGES}; nearest: 1024x922.",
    ]


@pytest.mark.parametrize(
    ("text", "options", "size", "quality"),
    [
        ("a --4k", "--size 4k", Size(3840, 2160), Quality.MEDIUM),
        ("a —4K", "--size 4k", Size(3840, 2160), Quality.MEDIUM),
        ("a *--4k*", "--size 4k", Size(3840, 2160), Quality.MEDIUM),
        ("a --2k-portrait", "--size 2k-portrait", Size(1152, 2048), Quality.MEDIUM),
        ("a --hd", "--quality high", None, Quality.HIGH),
        ("a --HIGH", "--quality high", None, Quality.HIGH),
        ("--square --low a", "--size square --quality low", Size(1024, 1024), Quality.LOW),
    ],
)
def test_a_value_as_an_option(text: str, options: str, size: Size | None, quality: Quality) -> None:
    """A value that is written as an option is a mistake which knows the request that was meant."""
    request, guess = parse(typed(text), CATALOGUE)

    assert guess is not None
    assert guess.options == options
    assert request == Request("a", FOX.model, size, quality)


def test_what_is_said_of_a_guess() -> None:
    """The sentence names what is wrong and what was meant; a model's name is a value too."""
    request, guess = parse("a --nano-banana", CATALOGUE)

    assert guess is not None
    assert request.model == "gemini-2.5-flash-image"
    assert guess.sentence == "There is no option --nano-banana; nearest: --model nano-banana."


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("a --4k --n 0", "--n 0: from 1 to 10 images; nearest: 1."),
        ("a --4k --size 2k", "--size is there twice. Say it once."),
        ("a --4k --foo", f"There is no option --foo. {NAMES}.{QUOTE}"),
        ("a --4k --model nano-banana", "Nano Banana has no price at 4K, only at 1K."),
        ("--4k", "There is no prompt. Say what to draw, as in: /image a red fox --size 2k"),
    ],
)
def test_nothing_is_guessed_beside_a_mistake(text: str, also: str) -> None:
    """If anything else is wrong, all of it is told, and no request is offered."""
    assert mistake(text).splitlines() == [
        "• There is no option --4k; nearest: --size 4k.",
        f"• {also}",
    ]


@pytest.mark.parametrize(
    "text", ["a --n " + "9" * 5000, "a --" + "x" * 9000, "a --model " + "x" * 9000]
)
def test_sentences_stay_short(text: str) -> None:
    """However long the mistake, its sentence can be read."""
    assert len(mistake(text)) < 500


def test_answers_stay_short() -> None:
    """However many mistakes, six are told, and how many more there are."""
    told = mistake(" ".join(f"--{'x' * 90}{number}" for number in range(300))).splitlines()

    assert len(told) == 7
    assert told[-1] == "And 294 more."


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
    """Whatever the text, the answer is a request or a mistake."""
    try:
        request, _ = parse(grammar.read_words(text), CATALOGUE)
    except Mistake as refused:
        assert refused.sentence  # noqa: PT017 -- either outcome is right
    else:
        assert request.prompt


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
