"""What holds for every test: nothing of the machine's own configuration gets in."""

from __future__ import annotations

import gc
import os
import re
import signal

import pytest
from hypothesis import settings

from tests.exhaustive import EXHAUSTIVE, USUAL

OWN = re.compile(r"(SLACK|PIXAPI|EASEL)_.*|DATABASE_URL|HOST|PORT|SSL_CERT_FILE|LOG_(LEVEL|FORMAT)")
# A property holds however slow the machine is; speed is for benchmarks.
settings.register_profile(USUAL, deadline=None)
settings.register_profile(EXHAUSTIVE, deadline=None)

PROXY = re.compile(r"(https?|all|no)_proxy", re.IGNORECASE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--exhaustive`: also what is marked so, and properties with their full number of examples."""
    parser.addoption("--exhaustive", action="store_true", help="every case: make test-all")


def pytest_xdist_auto_num_workers() -> int:
    """Two workers for each core: much of a test is waiting for another process."""
    return 2 * (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    """Before a module is read: hypothesis' settings are taken then."""
    settings.load_profile(EXHAUSTIVE if config.option.exhaustive else USUAL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts jobs in the background so, and children would never hear Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to `make test-all` what is exhaustive."""
    if config.option.exhaustive:
        return
    left = [item for item in items if item.get_closest_marker("exhaustive")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def pytest_collection_finish() -> None:
    """Python's collector need not look through thousands of tests again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if OWN.fullmatch(name) or PROXY.fullmatch(name):
            monkeypatch.delenv(name)
