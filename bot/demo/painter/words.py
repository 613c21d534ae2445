"""From a prompt's words to what is painted. Whatever the words leave open, a hash decides."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from bot.demo.painter.canvas import Colour, rgb

GROUNDS = {
    "mountains": "mountain mountains alps peak peaks summit cliff ski hiking lake fjord",
    "sea": "sea ocean beach coast harbour harbor island wave waves bay lighthouse boat ship sail "
    "sailing sailboat port surf",
    "city": "city town street skyline building buildings office urban downtown tokyo york paris "
    "london berlin skyscraper skyscrapers metropolis car taxi bus",
    "forest": "forest woods wood jungle pine pines tree trees owl deer stag bear wolf tent camp",
    "desert": "desert dune dunes sand sahara cactus camel canyon mars",
    "meadow": "meadow field fields hill hills garden grass farm park spring flower flowers tulip "
    "tulips rose balloon balloons house cabin cottage village rabbit bunny dog puppy",
    "space": "space galaxy planet planets rocket astronaut cosmos cosmic universe satellite "
    "saturn orbit",
    "room": "room table desk kitchen cup coffee tea mug book books lamp cake still interior cafe "
    "breakfast lemon lemons apple orange vase kitten",
    "reef": "underwater reef fish whale shark dolphin submarine coral diver",
}
THINGS = {
    "fox": "fox foxes",
    "cat": "cat cats kitten",
    "dog": "dog dogs puppy corgi hound",
    "wolf": "wolf wolves husky",
    "bear": "bear bears panda",
    "rabbit": "rabbit rabbits bunny hare",
    "owl": "owl owls",
    "penguin": "penguin penguins",
    "deer": "deer stag reindeer moose",
    "whale": "whale whales",
    "fish": "fish goldfish shark dolphin",
    "lighthouse": "lighthouse lighthouses tower",
    "boat": "boat boats ship sail sailing sailboat yacht",
    "balloon": "balloon balloons",
    "rocket": "rocket rockets spaceship launch launching",
    "house": "house home cabin cottage hut village barn",
    "oak": "tree trees oak",
    "cup": "cup coffee tea mug latte espresso cafe breakfast",
    "flowers": "flower flowers tulip tulips rose roses bouquet vase",
    "robot": "robot robots android ai bot machine",
    "astronaut": "astronaut astronauts cosmonaut diver",
    "tent": "tent camp camping",
    "car": "car cars taxi van bus",
    "fruit": "lemon lemons apple apples orange oranges fruit",
    "books": "book books library",
    "cake": "cake birthday party anniversary",
}
HOURS = {
    "night": "night midnight moon moonlight moonlit stars starry dark neon aurora nocturnal",
    "sunset": "sunset dusk evening golden twilight autumn fall",
    "dawn": "dawn sunrise morning pastel spring mist misty fog foggy",
    "winter": "snow snowy winter ice icy frost arctic christmas ski penguin blizzard",
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
    "pencil": "pencil sketch drawing charcoal ink",
    "watercolour": "watercolour watercolor aquarelle painting",
    "mono": "monochrome noir grayscale greyscale",
    "pixel": "pixel pixelart 8-bit 16-bit",
    "vintage": "vintage retro sepia",
}
COLOURS = {
    "red": "c8402f",
    "scarlet": "c22f2a",
    "orange": "e07b32",
    "yellow": "f0bf46",
    "golden": "dca63a",
    "green": "4f8a5b",
    "teal": "2f8f8b",
    "blue": "3a6ea5",
    "purple": "71559b",
    "violet": "71559b",
    "pink": "dd7f9c",
    "white": "f1eee6",
    "black": "2a2a33",
    "brown": "855a3c",
    "grey": "8b8f99",
    "gray": "8b8f99",
    "silver": "b4bac4",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What the painter was understood to be asked for."""

    ground: str
    hour: str
    thing: str | None
    weather: str | None
    style: str | None
    colour: Colour | None  # of the thing


def find(words: list[str], table: dict[str, str]) -> str | None:
    """The entry that the first telling word belongs to."""
    for word in words:
        for name, members in table.items():
            if word in members.split():
                return name
    return None


def words_of(prompt: str) -> list[str]:
    """The prompt's words, in small letters."""
    return re.findall(r"[a-z0-9]+(?:-[a-z]+)?", prompt.lower())


def read(prompt: str, luck: random.Random) -> Scene:
    """The scene in a prompt; `luck` fills in what the words leave open."""
    words = words_of(prompt)
    thing = find(words, THINGS)
    ground = find([word for word in words if word not in THINGS], GROUNDS) or find(words, GROUNDS)
    if {"underwater", "reef", "coral", "submarine"} & set(words):
        ground = "reef"
    if "on the moon" in prompt.lower():
        ground = "space"
    style = "mono" if "black and white" in prompt.lower() else find(words, STYLES)
    hour = find(words, HOURS)
    if ground is None:
        snowy = hour == "winter"
        ground = "forest" if snowy else luck.choice(("mountains", "sea", "meadow", "desert"))
    if hour is None:
        hour = luck.choice(("sunset", "dawn", "day", "sunset"))
    if ground == "space":
        hour = "night"
    if thing is None and ground in {"meadow", "desert", "mountains"} and luck.random() < 1 / 3:
        thing = luck.choice(("balloon", "house", "oak"))
    colour = next((rgb(COLOURS[word]) for word in words if word in COLOURS), None)
    return Scene(ground, hour, thing, find(words, WEATHERS), style, colour)
