"""Easel as a whole: built, served, closed in reverse order.

`easel run` and the demo both start it through `running`.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot import http, socket_mode
from bot.core.errors import CannotStart
from bot.core.limits import Spenders
from bot.engine import sweep
from bot.engine.dispatcher import Embedded
from bot.engine.inputs import require_temporary_files
from bot.engine.notices import NoticeSender
from bot.pixapi.client import DOWNLOADS, POLLS, PixapiClient, open_http
from bot.services import Prices, Services, system_clock
from bot.settings import Settings
from bot.slack.client import Slack, open_slack
from bot.slack.edits import Edits
from bot.slack_in import routes
from bot.store import controls
from bot.store.budget import Rules
from bot.store.db import Claimed, Database, claimed
from bot.store.errors import StoreError
from bot.store.kind import STARTING, Waiting
from bot.tasks import open_tasks, run_in_background

if TYPE_CHECKING:
    from bot.engine.queue import Queue

log = logging.getLogger(__name__)

NOT_FOR_BOLT = ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")
"""Variables that Bolt reads by itself: the last two would switch OAuth with file stores on."""


async def serve(settings: Settings) -> None:
    """Run Easel until SIGTERM or SIGINT, then stop in order; at once when asked a second time.

    At once, too, for as long as the start waits for something: nothing has begun.
    """
    for name in NOT_FOR_BOLT:
        os.environ.pop(name, None)
    stop, waiting, prices = asyncio.Event(), Waiting(), Prices(settings)

    def asked() -> None:
        if waiting.why is not None:
            end_at_once(0)
        stop.set()
        on_signal(lambda: end_at_once(1))

    on_signal(asked)
    if settings.prices is not None:  # else it ends Easel, as when a terminal is closed
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, prices.reload)
    async with running(settings, waiting, prices) as address:
        mode = "Socket Mode" if settings.socket_mode else f"HTTP on {address}/slack/events"
        log.info("Easel serves over %s; health on %s", mode, address)
        # What is loaded by now stays: Python's collector need not look through it again and again,
        # a tenth of a second each time in which nothing is answered.
        gc.collect()
        gc.freeze()
        await stop.wait()
        log.info("stopping; asked once more, Easel ends at once")


def on_signal(act: Callable[[], object]) -> None:
    """Do this from now on when the process is asked to end, instead of what was done before."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, act)


def end_at_once(status: int) -> NoReturn:
    """End as if killed, with this exit status: the next start goes on with what is under way."""
    log.info("ended at once")
    os._exit(status)


@dataclass(slots=True)
class Readiness:
    """What keeps Easel from being ready."""

    waiting: Waiting
    slack: Slack | None = None  # once it is heard
    is_up: socket_mode.IsUp | None = None  # in Socket Mode
    is_stopping: bool = False

    async def missing(self) -> list[str]:
        """In words; nothing when it is ready."""
        if self.is_stopping:
            return ["stopping"]
        if self.slack is None:
            return [self.waiting.why or STARTING]
        wanting = []
        if self.is_up is not None and not await self.is_up():
            wanting.append("the socket to Slack is not up")
        if self.slack.cut_off is not None:
            wanting.append(f"Slack refuses Easel's token ({self.slack.cut_off})")
        return wanting


@asynccontextmanager
async def running(
    settings: Settings, waiting: Waiting | None = None, prices: Prices | None = None
) -> AsyncIterator[str]:
    """Everything that Easel is, started; yields the base address of its HTTP side.

    Ready when it yields, but for the socket to Slack; not any more when the block has ended. Raises
    `SettingsError` for a price file that cannot be used, `CannotStart` for a database, a port or a
    folder that cannot be.
    """
    waiting = waiting or Waiting()
    prices, pace = prices or Prices(settings), settings.pace
    secret = settings.slack_signing_secret
    over_http = None if settings.socket_mode or secret is None else secret.get_secret_value()
    readiness = Readiness(waiting)
    async with AsyncExitStack() as stack:
        with _naming("DATABASE_URL"):
            ours = stack.enter_context(claimed(settings.sqlalchemy_url))
        require_temporary_files()
        front = await stack.enter_async_context(http.Front(readiness.missing, over_http, pace))
        listens = await _listens(settings, front, ours, waiting)
        with _naming("DATABASE_URL"):
            db = await stack.enter_async_context(ours.opened(pace, waiting))
        if not listens:
            await front.listen(settings.host, settings.port)
        if settings.metrics is not None:
            await stack.enter_async_context(http.serving_metrics(settings.metrics, pace))
        slack = await stack.enter_async_context(
            open_slack(
                settings.slack_bot_token.get_secret_value(),
                api_url=settings.slack_api_url,
                pace=pace,
                network=settings.network,
            )
        )
        client = await stack.enter_async_context(
            # a submit never waits for a connection: every job may have one
            open_http(
                connections=settings.max_concurrent_jobs + POLLS + DOWNLOADS,
                network=settings.network,
            )
        )
        dispatcher = _dispatcher(settings)
        services = Services(
            db=db,
            tasks=await stack.enter_async_context(open_tasks()),
            dispatcher=dispatcher,
            slack=slack,
            edits=Edits(slack, time.monotonic, pace.edit),
            pixapi=PixapiClient(
                client,
                base_url=settings.pixapi_base_url,
                key=settings.pixapi_key.get_secret_value(),
                tasks=settings.pixapi_tasks == "auto",
                pace=pace,
            ),
            prices=prices,
            rules=await _rules(settings, db),
            admins=settings.admins,
            clock=system_clock,
            pace=pace,
            poll_seconds=settings.poll_seconds,
            deadline_seconds=settings.job_deadline_seconds,
        )
        await stack.enter_async_context(run_in_background(slack.stay_acquainted()))
        waiting.end()
        await stack.enter_async_context(dispatcher.serving(services, settings.max_concurrent_jobs))
        for work in (
            sweep.attending(services),
            NoticeSender(services).serve(),
            sweep.sweeping(services, settings.retention_days),
        ):
            await stack.enter_async_context(run_in_background(work))
        async with _hearing(settings, services, front) as readiness.is_up:
            readiness.slack = slack
            try:
                yield front.address
            finally:
                readiness.is_stopping = True


async def _listens(settings: Settings, front: http.Front, ours: Claimed, waiting: Waiting) -> bool:
    """Whether health is served from here on.

    Not where the port is that of the process whose end is waited for: both are on one machine.
    """
    why = ours.taken()
    if why is not None:
        waiting.say(why)
    try:
        await front.listen(settings.host, settings.port)
    except http.CannotListen as error:
        if why is None or not error.is_taken:
            raise
        return False
    return True


@contextmanager
def _naming(variable: str) -> Iterator[None]:
    """What the store has to say at the start is said of the variable that names the database."""
    try:
        yield
    except StoreError as error:
        raise CannotStart(f"{variable}: {error.sentence}") from error


def _dispatcher(settings: Settings) -> Embedded | Queue:
    """Who runs jobs: this process alone where it has a SQLite file, else whichever is free."""
    if settings.sqlite_path is not None:
        return Embedded()
    from bot.engine.queue import Queue  # noqa: PLC0415 -- procrastinate, which SQLite does without
    from bot.store import postgres  # noqa: PLC0415 -- as above

    return Queue(postgres.conninfo(settings.sqlalchemy_url))


@asynccontextmanager
async def _hearing(
    settings: Settings, services: Services, front: http.Front
) -> AsyncIterator[socket_mode.IsUp | None]:
    """Hear Slack: over a socket, which may be up or not, or over HTTP."""
    hear = routes.hearing(_bolt(settings, services))
    if settings.slack_app_token is None:
        async with front.hearing(hear):
            yield None
        return
    token, slack = settings.slack_app_token.get_secret_value(), services.slack.web
    ways, pace = settings.network, services.pace
    async with socket_mode.connected(hear, slack, token, ways, pace) as is_up:
        yield is_up


def _bolt(settings: Settings, services: Services) -> AsyncApp:
    """Bolt with what we need of it: its routing and its answers.

    A listener ends before its answer leaves (`process_before_response`): that spares Bolt's 10 ms
    poll, and ours are short. Who we are is asked once, never inside Slack's three seconds.
    """
    token = settings.slack_bot_token.get_secret_value()
    slack = services.slack

    async def authorize(team_id: str | None, enterprise_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    app = AsyncApp(
        name="easel",
        client=AsyncWebClient(  # as ours, but Bolt gives it the token with each request
            base_url=slack.web.base_url,
            session=slack.web.session,
            ssl=slack.web.ssl,
            retry_handlers=[],
            logger=slack.web.logger,
        ),
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,  # `http` has verified it; a socket is trusted
        raise_error_for_unhandled_request=True,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )

    routes.register(app, services)
    return app


async def _rules(settings: Settings, db: Database) -> Rules:
    """What the settings say about budgets; a new zone or first weekday is written as a change."""
    async with db.write() as tx:
        days = await controls.adopt_calendar(tx, settings.calendar, system_clock())
    guests = settings.guests_may_spend == "yes"
    spenders = Spenders.EVERYONE if guests else Spenders.MEMBERS
    return Rules(settings.default_channel_cap, days, spenders)
