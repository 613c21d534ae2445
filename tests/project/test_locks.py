"""What is installed is what the locks say, and the locks say all of it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN, DEV = ROOT / "requirements" / "run.lock", ROOT / "requirements" / "dev.lock"
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)(?P<extras>\[[a-z0-9, -]+\])?==[^ ;]+( ;[^\\\n]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
COMMENT = re.compile(r"^    # [a-z0-9 .():-]+$")
PRODUCT = sorted((ROOT / "bot").rglob("*.py"))


def pins(lock: Path) -> list[re.Match[str]]:
    """The lines of a lock that pin a package."""
    return [pin for pin in map(PIN.match, lock.read_text("utf-8").splitlines()) if pin]


def names(lock: Path) -> set[str]:
    """The names of the packages that a lock pins."""
    return {pin["name"] for pin in pins(lock)}


def imports(module: Path) -> Iterator[str]:
    """The packages that a module imports, also those that it imports on use."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_the_product_imports_what_it_is_installed_with() -> None:
    """No module of the product imports a package that only development brings."""
    brought = {
        package
        for package, distributions in packages_distributions().items()
        if {re.sub(r"[._]", "-", name.lower()) for name in distributions} & names(RUN)
    }
    known = brought | sys.stdlib_module_names | {"bot"}

    assert "aiohttp" in brought
    assert {
        f"{module.relative_to(ROOT)}: {name}"
        for module in PRODUCT
        for name in imports(module)
        if name not in known
    } == set()


@pytest.mark.parametrize("lock", [RUN, DEV], ids=lambda lock: lock.name)
def test_every_line_is_pinned(lock: Path) -> None:
    """A lock has pins, hashes and comments, and names no host from which they are to be had."""
    shapes = (PIN, HASH, COMMENT, re.compile("^-r run.lock$"))

    assert [
        line
        for line in lock.read_text("utf-8").splitlines()
        if not any(shape.match(line) for shape in shapes)
    ] == []


def test_each_package_is_pinned_in_one_lock() -> None:
    """The lock of development takes that of the product in, and repeats nothing of it."""
    assert DEV.read_text("utf-8").startswith("-r run.lock\n")
    assert names(RUN) & names(DEV) == set()


def test_extras_come_first() -> None:
    """A pip before 23.3 that resolves has read a pin with extras before another package asks."""
    with_extras = [pin["extras"] is not None for pin in chain(pins(RUN), pins(DEV))]

    assert with_extras == sorted(with_extras, reverse=True)


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile", "README.md", "CONTRIBUTING.md"])
def test_pip_resolves_nothing(file: str) -> None:
    """Wherever a lock is installed, pip takes what stands in it, and looks for no more."""
    text = (ROOT / file).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if "--require-hashes" in line]

    assert [line for line in lines if "--no-deps" not in line] == []
