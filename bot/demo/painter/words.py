"""From a prompt's words to what is painted. Whatever the words leave open, chance decides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.demo.painter.canvas import Colour, rgb
from bot.demo.painter.things import THINGS

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

GROUNDS = {
    "mountains": "mountain mountains alps peak peaks summit cliff ski hiking lake fjord penguin",
    "sea": "sea ocean beach coast harbour harbor island wave waves bay port surf whale fish reef "
    "underwater",
    "city": "city town street skyline building buildings office urban downtown skyscraper tokyo "
    "york paris london berlin metropolis",
    "forest": "forest woods wood jungle pine pines deer wolf",
    "desert": "desert dune dunes sand sahara cactus camel canyon mars",
    "meadow": "meadow field fields hill hills garden grass farm park village spring",
    "space": "space galaxy planet planets cosmos universe satellite saturn orbit",
    "room": "room table desk kitchen lamp still interior vase book books shelf lemon lemons",
}
HOURS = {
    "night": "night midnight moon moonlight moonlit stars starry dark aurora nocturnal",
    "sunset": "sunset dusk evening golden twilight autumn fall",
    "dawn": "dawn sunrise morning pastel spring mist misty fog foggy",
    "winter": "snow snowy winter ice icy frost arctic christmas ski blizzard penguin",
    "day": "day noon summer sunny",
}
WEATHERS = {
    "snow": "snow snowy snowing snowfall winter blizzard christmas",
    "rain": "rain rainy raining storm stormy",
    "mist": "mist misty fog foggy haze",
    "aurora": "aurora northern",
}
STYLES = {
    "deco": "deco poster gatsby",
    "pencil": "pencil sketch drawing charcoal ink line",
    "watercolour": "watercolour watercolor aquarelle painting painted",
    "mono": "monochrome noir grayscale greyscale",
    "pixel": "pixel pixelart pixelated 8-bit 16-bit",
    "vintage": "vintage retro sepia old",
}
COLOURS = {
    "c8402f": "red scarlet",
    "e07b32": "orange",
    "f0bf46": "yellow golden",
    "4f8a5b": "green",
    "2f8f8b": "teal turquoise",
    "3a6ea5": "blue",
    "71559b": "purple violet",
    "dd7f9c": "pink",
    "f1eee6": "white",
    "2a2a33": "black",
    "855a3c": "brown",
    "8b8f99": "grey gray silver",
}
VIEWS = {"mountains": "balloon", "sea": "boat", "meadow": "tree", "desert": "balloon"}
BARE = {"meadow": "tree", "desert": "balloon"}  # where nothing stands by itself


@dataclass(frozen=True, slots=True)
class Scene:
    """What the painter was understood to be asked for."""

    ground: str
    hour: str
    thing: str | None
    weather: str | None
    style: str | None
    colour: Colour | None  # of the thing


def words_of(prompt: str) -> list[str]:
    """The prompt's words, in small letters."""
    text = prompt.lower().replace("black and white", "monochrome")
    return re.findall(r"[a-z0-9]+(?:-[a-z]+)?", text)


def find(words: list[str], table: Mapping[str, str]) -> str | None:
    """The entry that the first telling word belongs to."""
    entries = {
        word: name for name, known in reversed(list(table.items())) for word in known.split()
    }
    return next((entries[word] for word in words if word in entries), None)


def thing_in(words: list[str]) -> str | None:
    """The thing that the words name first."""
    return find(words, {name: thing.words for name, thing in THINGS.items()})


def colour_in(words: list[str]) -> Colour | None:
    """The colour that the words name first."""
    tone = find(words, COLOURS)
    return rgb(tone) if tone else None


def read(prompt: str, luck: random.Random) -> Scene:
    """The scene in a prompt; `luck` fills in what the words leave open."""
    words = words_of(prompt)
    thing, ground, hour = thing_in(words), find(words, GROUNDS), find(words, HOURS)
    if "on the moon" in prompt.lower():
        ground = "space"
    if ground is None and thing is None:  # the words say nothing: a view
        ground = luck.choice(list(VIEWS))
        thing = VIEWS[ground]
    ground = ground or THINGS[thing or ""].home
    thing = thing or BARE.get(ground)
    if ground == "space" or set(words) & set(HOURS["night"].split()):  # snow at night is night
        hour = "night"
    hour = hour or luck.choice(("sunset", "dawn", "day"))
    style, weather = find(words, STYLES), find(words, WEATHERS)
    return Scene(ground, hour, thing, weather, style, colour_in(words))
