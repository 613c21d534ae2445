"""What in a request was probably meant otherwise: said on the card before it is paid. Pure.

Nothing of the request changes by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from bot.core.catalogue import takes_masks
from bot.core.grammar import Option, meant_by, named
from bot.core.job import Request

NAME = 60  # characters of a linked picture's name that are shown

_STOPS = ".,;:!?)"
_LOOK = re.compile(
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


def doubts(request: Request) -> tuple[str, ...]:
    """A sentence for each thing of a request that was probably meant otherwise.

    Plain text with parts of the prompt: to be escaped.
    """
    in_vain = request.mask is not None and not takes_masks(request.model)
    return (*([NO_MASKS] if in_vain else []), *remarks(request.prompt))


def remarks(prompt: str) -> tuple[str, ...]:
    """A sentence for each thing that looks like an option or a picture and was taken as words.

    Plain text with parts of the prompt: to be escaped.
    """
    return tuple(dict.fromkeys([*_options(prompt), *_pictures(prompt)]))


def _options(prompt: str) -> Iterator[str]:
    for found in _LOOK.finditer(prompt):
        if found["name"] is None:
            continue
        option, value = named(found["name"]), (found["value"] or "").rstrip(_STOPS)
        typed = found[0] if option and option.values else f"{found['dashes']}{found['name']}"
        if option is None and (guess := meant_by(found["name"])):
            option, value = guess
        if option is not None:
            yield _remark(" ".join(typed.split()).rstrip(_STOPS), found["dashes"], option, value)


def _remark(typed: str, dashes: str, option: Option, value: str) -> str:
    said = f"“{typed}” looks like an option and was taken as words of the prompt."
    if dashes != "-":  # the command takes these: it was typed in a form
        return f"{said} In a form, choose it in its field."
    wanted = f"--{option.name} {value}" if option.values and value else f"--{option.name}"
    return f"{said} An option has two dashes: {wanted}"


def _pictures(prompt: str) -> Iterator[str]:
    for found in _PICTURE.finditer(prompt):
        name = unquote(found["file"])
        shown = name if len(name) <= NAME else f"…{name[-NAME:]}"
        yield (
            f"The link to {shown} was taken as words: Easel does not open links. To edit that "
            "picture, add its file with Change…, or attach it to a message that mentions Easel."
        )
