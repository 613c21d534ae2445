"""The text of `/image`: Slack's encoding undone once, options taken out, the rest is the prompt.

A new option is a row of `OPTIONS` and a line in `_request`. The grammar is the contract's
("Slack"). No prompt needs quotes; double ones keep a `--word` in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.core import sizes
from bot.core.catalogue import Catalogue, Model, nearest_word
from bot.core.errors import Mistake
from bot.core.job import Quality, Request, Size

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PROMPT = 32_000  # characters; Pixapi, "Request fields"
MAX_VALUE = 100  # characters of an option's value that are read
MAX_COUNT = 10  # images of one request; Pixapi, "Request fields"


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


OPTIONS = (
    Option(
        "size",
        f"WIDTHxHEIGHT or {', '.join(('auto', *sizes.PRESETS))}",
        "pixels of the picture",
        "auto",
    ),
    Option("ratio", "W:H, as in 16:9", "shape of the picture, at the tier of --size"),
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


def parse(
    text: str,
    catalogue: Catalogue,
    defaults: Defaults = NO_DEFAULTS,
    names: Mapping[str, str] = MappingProxyType({}),
) -> Request | SubCommand:
    """What somebody wants who sent `/image` with this text, as Slack delivered it.

    `names` are those of people and channels whose tokens came without one, by id. The request is
    one that its model takes; whether it has a price, `Catalogue.price` says. Raises `Mistake`.
    """
    typed = clean(unescape(text, names)).strip()
    if typed.casefold() in set(SubCommand):
        return SubCommand(typed.casefold())
    prompt, given = _split(typed)
    return _request(prompt, given, catalogue, defaults)


def check_prompt(text: str) -> str:
    """A prompt without control characters and outer blanks. Raises `Mistake`: empty or too long."""
    prompt = clean(text).strip()
    if not prompt:
        raise Mistake("There is no prompt. Say what to draw, as in: /image a red fox --size 2k")
    if len(prompt) > MAX_PROMPT:
        raise Mistake(
            f"The prompt has {len(prompt):,} characters. At most {MAX_PROMPT:,} are allowed."
        )
    return prompt


# What Slack makes of a text, undone

_SLACK = re.compile(r"&(?:amp|lt|gt);|<([^<>]+)>")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile("|".join(_ENTITIES))


def unescape(text: str, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """What the person typed, from the text that Slack delivered; to be called once on it.

    One pass, so that what it yields is never read again: a typed `<!channel>` arrives with entities
    and stays a word. `names` are those of people and channels by id; a token with no name there and
    none of its own keeps its id.
    """

    def undo(found: re.Match[str]) -> str:
        inner: str | None = found[1]
        return _ENTITIES[found[0]] if inner is None else _entities(_token(inner, names))

    return _SLACK.sub(undo, text)


def _entities(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], text)


def _token(inner: str, names: Mapping[str, str]) -> str:
    """What was typed where Slack put `<inner>`; its entities are still to be undone."""
    target, _, label = inner.partition("|")
    mark, what = target[:1], target[1:]
    match mark:
        case "@" | "#":
            return mark + (label or names.get(what) or what)
        case "!":
            words = what.split("^")  # channel, here, everyone; subteam^ID; date^…
            return label if words[0] == "date" else "@" + (label or words[-1]).removeprefix("@")
        case _ if ":" in target:  # an address; Slack found it itself in a word which is the label
            return label if label and target.endswith(label) else target
        case _:
            return f"<{inner}>"


def clean(text: str) -> str:
    """The text without control characters (line ends and tabs stay) and without half characters.

    They are removed, not refused: they come along with pasted text and nobody sees them.
    """
    return _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

# Options and the prompt around them

_QUOTES = "\"'“”„‟‘’‚‛"
_WORD = re.compile(
    r"""
      (?<!\S) ["“”„‟] [^"“”„‟]+ ["“”„‟] (?!\w)        # a quotation: what it holds is no option
    | (?<!\S) (?P<dashes> -- | [–—―]+-? (?=[a-zA-Z]))  # a long dash alone is punctuation
      (?P<name> [^\s=]*) (?P<value> =\S*)?
    | \S+
    """,
    re.VERBOSE,
)


def _split(text: str) -> tuple[str, dict[str, str]]:
    """The prompt, and what was said for each option by its name; `draft` says nothing."""
    pieces: list[str] = []
    given: dict[str, str] = {}
    kept = at = 0
    while word := _WORD.search(text, at):
        at = word.end()
        if word["dashes"] is None:
            continue
        option, value = _option(word["name"][:MAX_VALUE]), word["value"]
        if value is None and option.values:
            following = _WORD.search(text, at)
            if following and following["dashes"] is None:
                at, value = following.end(), following[0]
        if option.name in given:
            raise Mistake(f"--{option.name} is there twice. Say it once.")
        given[option.name] = _value(option, value)
        pieces.append(text[kept : word.start()])
        kept = at
    pieces.append(text[kept:])
    return reduce(_join, pieces), given


def _join(left: str, right: str) -> str:
    """Both sides of an option that was taken out, with one of the two gaps around it."""
    head, tail = left.rstrip(), right.lstrip()
    gaps = left[len(head) :], right[: len(right) - len(tail)]
    return head + max(gaps, key=lambda gap: gap.count("\n")) + tail


def _option(name: str) -> Option:
    known = {option.name: option for option in OPTIONS}
    if option := known.get(name.casefold()):
        return option
    every = ["--" + each for each in known]
    if not name:
        raise Mistake(f"-- needs a name right after it. Options: {', '.join(every)}.")
    raise Mistake(
        f"There is no option --{name}. Options: {', '.join(every)}"
        f"{nearest_word('--' + name.casefold(), every)}"
        " If it belongs to the prompt, put it in double quotes."
    )


def _value(option: Option, value: str | None) -> str:
    said = (value or "").removeprefix("=").strip(_QUOTES)
    if len(said) > MAX_VALUE:
        said = said[:MAX_VALUE] + "…"  # no value of anything; short enough to be named
    if value is not None and not option.values:
        raise Mistake(f"--{option.name} stands alone, without a value.")
    if option.values and not said:
        raise Mistake(f"--{option.name} needs a value: {option.values}.")
    return said


# What the options mean together


def _request(
    prompt: str, given: Mapping[str, str], catalogue: Catalogue, defaults: Defaults
) -> Request:
    model = catalogue.find(given["model"]) if "model" in given else catalogue.default
    return Request(
        prompt=check_prompt(prompt),
        model=model.id,
        size=_size(model, given, catalogue, defaults),
        quality=_quality(model, given, defaults),
        count=_count(given.get("n", "1")),
    )


def _size(
    model: Model, given: Mapping[str, str], catalogue: Catalogue, defaults: Defaults
) -> Size | None:
    if "size" in given:
        size = sizes.parse_size(given["size"])
    else:
        size = usable(defaults.size, model, catalogue)
    if size is not None:
        sizes.check(model, size)
    if "ratio" not in given:
        return size
    return sizes.for_ratio(model, sizes.parse_ratio(given["ratio"]), catalogue.tier_of(model, size))


def usable(size: Size | None, model: Model, catalogue: Catalogue) -> Size | None:
    """A size that nobody typed: `auto` instead, where the model cannot have it."""
    if size is None or sizes.nearest(model, size) != size:
        return None
    tier = catalogue.tier_of(model, size)
    return size if any(cell.tier is tier for cell in model.cells) else None


def _quality(model: Model, given: Mapping[str, str], defaults: Defaults) -> Quality | None:
    said = given.get("quality")
    if said is not None and said.casefold() not in set(Quality):
        raise Mistake(
            f"{said} is not a quality. Qualities: {', '.join(Quality)}"
            f"{nearest_word(said.casefold(), Quality)}"
        )
    quality = None if said is None else Quality(said.casefold())
    if "draft" in given:
        if quality not in (None, Quality.LOW):
            raise Mistake(
                f"--draft is --quality low, and --quality {quality} is there too. Keep one."
            )
        quality = Quality.LOW
    if model.qualities:
        return quality or defaults.quality
    if quality is not None:
        option = "--draft" if said is None else "--quality"
        raise Mistake(f"{model.label} ({model.id}) has no quality to choose. Leave {option} out.")
    return None


def _count(said: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", said):
        raise Mistake(f"--n {said}: write a whole number of images from 1 to {MAX_COUNT}.")
    count = min(max(int(said), 1), MAX_COUNT)
    if count != int(said):
        raise Mistake(f"--n {said}: from 1 to {MAX_COUNT} images; nearest: {count}.")
    return count
