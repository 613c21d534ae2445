from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.cli import COMMANDS
from bot.pace import LIVE
from bot.settings import VARIABLES, Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
ROW = re.compile(r"^\| `([A-Z_]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def default(field: FieldInfo) -> str:
    """A setting's default as the table writes it."""
    if field.is_required():
        return "required"
    value = field.default
    if value in (None, frozenset(), LIVE):
        return "none"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def test_settings_table() -> None:
    """The table has every setting, in the code's order, with its default, and nothing else."""
    expected = {
        name: default(Settings.model_fields[field]) for name, field in VARIABLES.items()
    } | {"SLACK_SIGNING_SECRET": "required without Socket Mode"}
    written = {name: shown for name, shown, _ in ROW.findall(README)}

    assert written == expected


def test_every_field_is_a_variable() -> None:
    """No setting can be added without a variable's name, and so not without a line above."""
    assert list(VARIABLES.values()) == list(Settings.model_fields)


def test_commands_exist() -> None:
    """Every `easel …` and `make …` that the README names exists."""
    makefile = (ROOT / "Makefile").read_text("utf-8")

    for command in re.findall(r"(?:^|`)easel (\w+)", README, re.MULTILINE):
        assert command in COMMANDS
    for target in re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE):
        assert f"\n{target}:" in makefile


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links(page: str) -> None:
    """Every link to a file of this repository leads to one."""
    links = re.findall(r"\]\((?!https?://)([^)#]+)", (ROOT / page).read_text("utf-8"))

    assert [link for link in links if not (ROOT / link).is_file()] == []
