"""The text of `/image`: Slack's encoding undone once, options taken out, the rest is the prompt.

A new option is a row of `OPTIONS` and a line in `_request`. The grammar is the contract's
("Slack"). No prompt needs quotes; double ones keep a `--word` in it. Every mistake of a text is
told at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from typing import ParamSpec, TypeVar
from urllib.parse import unquote

from bot.core import sizes
from bot.core.catalogue import BILLED, Catalogue, Model, find_closest, suggest_word, takes_masks
from bot.core.errors import Mistake, join_mistakes
from bot.core.job import Quality, Request, Size
from bot.core.slack_text import MARKS, replace_emoji, strip_code_marks, strip_controls, unescape

MAX_PROMPT = 32_000  # characters; Pixapi, "Request fields"
MAX_VALUE = 100  # characters of an option's value that are read
MAX_COUNT = 10  # images of one request; Pixapi, "Request fields"

P = ParamSpec("P")
T = TypeVar("T")


class SubCommand(StrEnum):
    """What `/image` does besides drawing; all but the composer are words that stand alone."""

    COMPOSER = ""
    HELP = "help"
    USAGE = "usage"
    HISTORY = "history"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the help, and of what `parse` knows."""

    name: str  # without the dashes
    values: str  # what may follow, for people; empty where nothing follows
    help: str
    default: str = ""  # for people; empty where the option changes nothing when it is left out
    also: tuple[str, ...] = ()  # other names, which people know from elsewhere


OPTIONS = (
    Option(
        "size",
        f"WIDTHxHEIGHT or {', '.join(('auto', *sizes.PRESETS))}",
        "pixels of the picture; an edit keeps its shape, unless you say auto",
        "auto",
    ),
    Option(
        "ratio",
        "W:H, as in 16:9",
        "shape of the picture, at the tier of --size",
        also=("ar", "aspect"),
    ),
    Option(
        "quality",
        ", ".join(Quality),
        "how carefully it is drawn; auto costs as much as high",
        Quality.MEDIUM,
    ),
    Option("draft", "", "the same as --quality low"),
    Option("n", f"1 to {MAX_COUNT}", "how many images", "1"),
    Option("model", "a model's name or its alias", "who draws it"),
)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a person has chosen for whatever they leave out (`/image settings`)."""

    size: Size | None = None  # ignored where the model does not have it or has no price for it
    quality: Quality = Quality.MEDIUM  # ignored where the model has no quality


NO_DEFAULTS = Defaults()


@dataclass(frozen=True, slots=True)
class Guess:
    """Options that nobody typed like this: the request rests on what was probably meant.

    Such a request is offered, and never held without a click.
    """

    sentence: str  # what is wrong with what was typed
    options: str  # that were guessed, as they should have been typed


def read_words(text: str) -> SubCommand | str:
    """What somebody typed behind `/image`, of the text that Slack delivered: a word, or a request.

    The words of a request are `parse`'s; the rest of Slack's encoding is undone here, once.
    """
    typed = strip_code_marks(strip_controls(unescape(text)).strip())
    typed = re.sub(r"^/image\s+", "", typed)  # a whole command, as it was pasted
    word = typed.casefold()
    return SubCommand(word) if word in set(SubCommand) else typed


def parse(
    words: str, catalogue: Catalogue, defaults: Defaults = NO_DEFAULTS
) -> tuple[Request, Guess | None]:
    """What somebody wants who typed these words, and the guess that it rests on, if it does.

    The request is one that its model takes; whether it has a price, `Catalogue.price` says: a
    guessed one has. Raises `Mistake`.
    """
    told = _Told()
    prompt, given = _split(words, catalogue, told)
    request = _request(prompt, given, catalogue, defaults, told)
    if not told.sentences:
        return request, None
    if told.meant:
        told.attempt(catalogue.price, request)
    if len(told.sentences) == len(told.meant):
        return request, Guess(join_mistakes(told.sentences).sentence, " ".join(told.meant))
    raise join_mistakes(told.sentences)


def check_prompt(text: str) -> str:
    """A prompt with its emoji, without control characters and outer blanks.

    Raises `Mistake`: empty or too long.
    """
    prompt = replace_emoji(strip_controls(text)).strip()
    if not prompt:
        raise Mistake("There is no prompt. Say what to draw, as in: /image a red fox --size 2k")
    if len(prompt) > MAX_PROMPT:
        raise Mistake(
            f"The prompt has {len(prompt):,} characters. At most {MAX_PROMPT:,} are allowed."
        )
    return prompt


@dataclass(frozen=True, slots=True)
class _Told:
    """The mistakes of a text so far, in their order."""

    sentences: list[str] = field(default_factory=list)
    meant: list[str] = field(default_factory=list)  # options that were guessed: a sentence for each

    def attempt(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What is read; None, and the mistake is told, where it cannot be."""
        try:
            return read(*args, **kwargs)
        except Mistake as mistake:
            self.sentences.append(mistake.sentence)
            return None


# Options and the prompt around them

_AROUND = "\"'“”„‟‘’‚‛" + MARKS
"""What may stand around an option or its value, and is no part of it."""

_LONG_DASH = r"[–—―]+-?(?=[a-zA-Z]|[24][kK]\b)"  # in front of anything else it is punctuation
_WORD = re.compile(
    rf"""
      (?<!\S) (?P<quotation> ["“”„‟] [^"“”„‟]+ ["“”„‟] ) (?!\w)  # what it holds is no option
    | (?<!\S) (?: [{MARKS}‘’‚‛]+ (?= [-–—―]+ [a-zA-Z0-9] ) )? (?P<dashes> -- | {_LONG_DASH})
      (?P<name> [^\s=]*) (?P<value> =\S*)?
    | \S+
    """,
    re.VERBOSE,
)
_PAIR = re.compile(rf"=?\s*[{MARKS}]*\d{{1,6}}\s*[x×X*:/]\s*\d{{1,6}}(?:\s*px\b)?\S*")
"""Two numbers behind an option, as in `1024 x 1024`: one value, whatever the blanks in it."""


def _split(text: str, catalogue: Catalogue, told: _Told) -> tuple[str, dict[str, str]]:
    """The prompt, and what was said for each option by its name; `draft` says nothing."""
    pieces: list[str] = []
    given: dict[str, str] = {}
    kept = at = 0
    while word := _WORD.search(text, at):
        at = word.end()
        if word["quotation"] is not None:
            said = _quoted_option(word["quotation"], catalogue)
        elif word["dashes"] is not None:
            said, at = _said(text, word, catalogue, told)
        else:
            said = None
        if said is None:
            continue
        option, value = said
        if option.name in given:
            told.sentences.append(f"--{option.name} is there twice. Say it once.")
        elif (read := told.attempt(_value, option, value)) is not None:
            given[option.name] = read
        pieces.append(text[kept : word.start()])
        kept = at
    pieces.append(text[kept:])
    return reduce(_join, pieces), given


def _said(
    text: str, word: re.Match[str], catalogue: Catalogue, told: _Told
) -> tuple[tuple[Option, str | None] | None, int]:
    """The option that a word with dashes is, with its value; and where the text goes on."""
    name = word["name"][:MAX_VALUE].rstrip(_AROUND)
    if option := find_option(name):
        value, end = _behind(text, word, option)
        return (option, value), end
    if word["value"] is None and (guess := guess_option(name, catalogue.names())):
        option, value = guess
        wanted = f"--{option.name} {value}"
        told.sentences.append(f"There is no option --{name}; nearest: {wanted}.")
        told.meant.append(wanted)
        return guess, word.end()
    is_first = not any(_EVERY in sentence for sentence in told.sentences)
    told.sentences.append(_unknown(name, is_first=is_first))
    return None, word.end()


def _behind(text: str, word: re.Match[str], option: Option) -> tuple[str | None, int]:
    """What was written as an option's value, and where it ends; None where there is nothing."""
    value, end = word["value"], word.end()
    if not option.values:
        return value, end
    is_shape = option.name in {"size", "ratio"}
    if is_shape and (pair := _PAIR.match(text, word.end("name"))):
        return pair[0], pair.end()
    if value is None:
        following = _WORD.search(text, end)
        if following and following["dashes"] is None:
            return following[0], following.end()
    return value, end


def _quoted_option(quotation: str, catalogue: Catalogue) -> tuple[Option, str | None] | None:
    """The option that a quotation holds and nothing else; None in straight quotes.

    An editor makes curly ones by itself; straight ones are how somebody says that it is words.
    """
    held = quotation[1:-1].strip()
    word = _WORD.match(held)
    if quotation[0] == '"' or word is None or word["dashes"] is None:
        return None
    option = find_option(word["name"])
    if option is None:
        return None
    value, end = _behind(held, word, option)
    told = _Told()
    said = told.attempt(_value, option, value)
    if said is not None:
        _request("any", {option.name: said}, catalogue, NO_DEFAULTS, told)
    return None if told.sentences or end < len(held) else (option, value)


def _join(left: str, right: str) -> str:
    """Both sides of an option that was taken out, with one of the two gaps around it."""
    head, tail = left.rstrip(), right.lstrip()
    gaps = left[len(head) :], right[: len(right) - len(tail)]
    return head + max(gaps, key=lambda gap: gap.count("\n")) + tail


def find_option(name: str) -> Option | None:
    """The option of this name, in any case; None where there is none."""
    return _NAMED.get(name.casefold())


_NAMED = {name: option for option in OPTIONS for name in (option.name, *option.also)}

_EVERY = f"Options: {', '.join(f'--{option.name}' for option in OPTIONS)}"

_SHORT = {
    **{preset: ("size", preset) for preset in sizes.PRESETS},
    **{quality.value: ("quality", quality.value) for quality in BILLED},
    "hd": ("quality", Quality.HIGH.value),
}
"""Values that people write as if they were options, as in `--4k`."""


def guess_option(name: str, models: Collection[str] = ()) -> tuple[Option, str] | None:
    """The option and its value that an option which does not exist was probably meant for."""
    word = name.casefold()
    if word in models:
        return _NAMED["model"], word
    if word in _SHORT:
        option, value = _SHORT[word]
        return _NAMED[option], value
    return None


def _unknown(name: str, *, is_first: bool) -> str:
    """The mistake of an option that does not exist; the first says which ones do."""
    if not name:
        return f"-- needs a name right after it. {_EVERY}."
    near = suggest_word("--" + name.casefold(), ["--" + known for known in _NAMED])
    if not is_first:
        return f"There is no option --{name}{near}"
    return (
        f"There is no option --{name}. {_EVERY}{near}"
        " If it belongs to the prompt, put it in double quotes."
    )


def _value(option: Option, value: str | None) -> str:
    said = (value or "").removeprefix("=").strip().strip(_AROUND)
    if len(said) > MAX_VALUE:
        said = said[:MAX_VALUE] + "…"  # no value of anything; short enough to be named
    if value is not None and not option.values:
        raise Mistake(f"--{option.name} stands alone, without a value.")
    if option.values and not said:
        raise Mistake(f"--{option.name} needs a value: {option.values}.")
    return said


# What the options mean together


def _request(
    prompt: str,
    given: Mapping[str, str],
    catalogue: Catalogue,
    defaults: Defaults,
    told: _Told,
) -> Request:
    """What is asked for, with something else in place of each mistake, which is told."""
    model = catalogue.default
    if "model" in given:
        model = told.attempt(catalogue.find, given["model"]) or _like(given["model"], catalogue)
    size = _size(model, given, catalogue, defaults, told)
    return Request(
        prompt=told.attempt(check_prompt, prompt) or "",
        model=model.id,
        size=size,
        auto=size is None and "size" in given,
        quality=told.attempt(_quality, model, given, defaults),
        count=told.attempt(_count, given.get("n", "1")) or 1,
    )


def _like(name: str, catalogue: Catalogue) -> Model:
    """The model by whose rules the other options are judged where this one does not exist."""
    near = find_closest(name.casefold(), catalogue.names())
    return catalogue.default if near is None else catalogue.find(near)


def _size(
    model: Model,
    given: Mapping[str, str],
    catalogue: Catalogue,
    defaults: Defaults,
    told: _Told,
) -> Size | None:
    if "size" in given:
        size = told.attempt(sizes.parse_size, given["size"])
    else:
        size = fit_default_size(defaults.size, model, catalogue)
    if size is not None:
        told.attempt(sizes.check_size, model, size)
    ratio = told.attempt(sizes.parse_ratio, given["ratio"]) if "ratio" in given else None
    if ratio is None:
        return size
    return sizes.size_for_ratio(model, ratio, catalogue.tier_of(model, size))


def fit_default_size(size: Size | None, model: Model, catalogue: Catalogue) -> Size | None:
    """A size that nobody typed: `auto` instead, where the model cannot have it."""
    if size is None or sizes.nearest_size(model, size) != size:
        return None
    tier = catalogue.tier_of(model, size)
    return size if any(cell.tier is tier for cell in model.cells) else None


def _quality(model: Model, given: Mapping[str, str], defaults: Defaults) -> Quality | None:
    if not model.qualities:
        for name in ("quality", "draft"):
            if name in given:
                raise Mistake(
                    f"{model.label} ({model.id}) has no quality to choose. Leave --{name} out."
                )
        return None
    quality = _parse_quality(given["quality"]) if "quality" in given else None
    if "draft" not in given:
        return quality or defaults.quality
    if quality not in (None, Quality.LOW):
        raise Mistake(f"--draft is --quality low, and --quality {quality} is there too. Keep one.")
    return Quality.LOW


def _parse_quality(said: str) -> Quality:
    word = said.casefold()
    if word in set(Quality):
        return Quality(word)
    raise Mistake(
        f"{said} is not a quality. Qualities: {', '.join(Quality)}{suggest_word(word, Quality)}"
    )


def _count(said: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", said):
        raise Mistake(f"--n {said}: write a whole number of images from 1 to {MAX_COUNT}.")
    count = min(max(int(said), 1), MAX_COUNT)
    if count != int(said):
        raise Mistake(f"--n {said}: from 1 to {MAX_COUNT} images; nearest: {count}.")
    return count


# What was probably meant otherwise: said on the card before it is paid, and changes nothing


MAX_NAME = 60  # characters of a linked picture's name that are shown

_STOPS = ".,;:!?)"
_OPTION_LIKE = re.compile(
    r"""
      (?<!\S) ["“”„‟] [^"“”„‟]+ ["“”„‟] (?!\w)  # a quotation: meant as words
    | (?<!\S) (?P<dashes> [-–—―]+ ) (?P<name> [a-zA-Z0-9][^\s=,.;:!?]* )
      (?: (?:=|\s+) (?P<value> [^\s,;!?–—―-]\S* ) )?
    """,
    re.VERBOSE,
)
_PICTURE = re.compile(
    r"""
    (?<!\S) (?: \S{0,40}? https?:// | [^\w\s-]* )
    [\w-]+ (?: \.[\w-]+ )+ (?: :\d+ )? / (?: [^\s<>"“”?#]*/ )?
    (?P<file> [^\s<>"“”/?#]+ \. (?: png|jpe?g|webp|gif|heic|heif|avif|tiff?|bmp ) ) \b
    """,
    re.VERBOSE | re.IGNORECASE,
)


NO_MASKS = "This model ignores masks: the whole picture may change."


def find_doubts(request: Request) -> tuple[str, ...]:
    """A sentence for each thing of a request that was probably meant otherwise.

    Plain text with parts of the prompt: to be escaped.
    """
    in_vain = request.mask is not None and not takes_masks(request.model)
    return (*([NO_MASKS] if in_vain else []), *find_remarks(request.prompt))


def find_remarks(prompt: str) -> tuple[str, ...]:
    """A sentence for each thing that looks like an option or a picture and was taken as words.

    Plain text with parts of the prompt: to be escaped.
    """
    return tuple(dict.fromkeys([*_option_like_words(prompt), *_linked_pictures(prompt)]))


def _option_like_words(prompt: str) -> Iterator[str]:
    for found in _OPTION_LIKE.finditer(prompt):
        if found["name"] is None:
            continue
        option, value = find_option(found["name"]), (found["value"] or "").rstrip(_STOPS)
        typed = found[0] if option and option.values else f"{found['dashes']}{found['name']}"
        if option is None and (guess := guess_option(found["name"])):
            option, value = guess
        if option is not None:
            yield _remark(" ".join(typed.split()).rstrip(_STOPS), found["dashes"], option, value)


def _remark(typed: str, dashes: str, option: Option, value: str) -> str:
    said = f"“{typed}” looks like an option and was taken as words of the prompt."
    if dashes != "-":  # the command takes these: it was typed in a form
        return f"{said} In a form, choose it in its field."
    wanted = f"--{option.name} {value}" if option.values and value else f"--{option.name}"
    return f"{said} An option has two dashes: {wanted}"


def _linked_pictures(prompt: str) -> Iterator[str]:
    for found in _PICTURE.finditer(prompt):
        name = unquote(found["file"])
        shown = name if len(name) <= MAX_NAME else f"…{name[-MAX_NAME:]}"
        yield (
            f"The link to {shown} was taken as words: Easel does not open links. To edit that "
            "picture, add its file with Change…, or attach it to a message that mentions Easel."
        )
