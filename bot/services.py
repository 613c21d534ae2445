"""What the product stands on, handed to everything that does something."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from bot.core.catalogue import Catalogue
from bot.core.job import JobId, TeamId
from bot.pace import Pace
from bot.pixapi.client import PixapiClient
from bot.prices import SHIPPED_PRICES, read_prices
from bot.settings import Settings, SettingsError
from bot.slack.client import Slack
from bot.slack.edits import Edits
from bot.store.budget import Rules
from bot.store.db import Database, Tx
from bot.tasks import Tasks

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The time of this machine, in UTC: the only place that asks for it."""
    return datetime.now(UTC)  # noqa: TID251 -- the clock itself


def load_prices(settings: Settings) -> Catalogue:
    """The price table that the settings name. Raises `SettingsError` with every mistake in it."""
    path = settings.prices or SHIPPED_PRICES
    try:
        return read_prices(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        mistakes = str(error).splitlines()
        raise SettingsError(tuple(f"EASEL_PRICES: {mistake}" for mistake in mistakes)) from error


class Dispatcher(Protocol):
    """Runs jobs in the background."""

    async def enqueue(self, tx: Tx, team: TeamId, job: JobId) -> None:
        """Run a job once the transaction that confirms it is committed."""
        ...

    async def attend(self, services: Services) -> None:
        """See that every job is run for which something is left to do."""
        ...


class Prices:
    """The price table, which an admin may replace while Easel runs.

    Whoever holds a price compares it with the one that was shown: a card from before asks again.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises `SettingsError` for a table that cannot be used."""
        self._settings = settings
        self.table = load_prices(settings)

    def reload(self) -> None:
        """Read the file again; one that cannot be used is refused, and the table stays."""
        try:
            self.table = load_prices(self._settings)
        except SettingsError as error:
            for mistake in error.mistakes:
                log.warning("%s", mistake)
            log.warning("the price file is refused: prices stay as in %s", self.table.version)
        else:
            log.info("prices are those of %s from now on", self.table.version)


@dataclass(frozen=True, slots=True)
class Services:
    """One of each; built and closed by `bot.app`."""

    db: Database
    tasks: Tasks
    dispatcher: Dispatcher
    slack: Slack
    edits: Edits
    pixapi: PixapiClient
    prices: Prices
    rules: Rules
    admins: frozenset[str]
    clock: Clock
    pace: Pace
    poll_seconds: float  # before the second look at a task
    deadline_seconds: float  # after which an unfinished task is not known

    @property
    def catalogue(self) -> Catalogue:
        """The price table as it is now."""
        return self.prices.table

    def today(self) -> date:
        """The local day on which an admission is booked."""
        return self.rules.calendar.day(self.clock())
