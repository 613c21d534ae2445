"""Reading what was typed behind `/image`."""

from __future__ import annotations

import pytest

from bot.core import grammar
from bot.core.errors import Mistake
from bot.core.grammar import Defaults, SubCommand, parse
from bot.core.job import ModelId, Quality, Request
from bot.prices import SHIPPED_PRICES, read_prices

CATALOGUE = read_prices(SHIPPED_PRICES.read_text(encoding="utf-8"))
FOX = Request("a red fox", ModelId("gpt-image-2"), None, Quality.MEDIUM, 1)


def escape(typed: str) -> str:
    """What Slack does to a text."""
    return typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read(text: str, defaults: Defaults | None = None) -> Request:
    """The request of a text; fails if it is none, or a guess."""
    request, guess = parse(typed(text), CATALOGUE, defaults or Defaults())
    assert guess is None
    return request


def typed(text: str) -> str:
    """The words of a text as Slack delivers it; fails if they are a word that stands alone."""
    words = grammar.read_words(text)
    assert not isinstance(words, SubCommand)
    return words


def mistake(text: str) -> str:
    """The sentence with which a text is refused."""
    with pytest.raises(Mistake) as caught:
        parse(typed(text), CATALOGUE)
    return caught.value.sentence
