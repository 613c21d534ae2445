from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formatdate
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.cli import doctor
from bot.core.errors import EaselError
from bot.prices import SHIPPED_PRICES
from tests.nursery import call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@dataclass
class World:
    """What Slack, Pixapi, the database and the clocks say; all is well to begin with."""

    env: dict[str, str] = field(default_factory=dict)
    auth: dict[str, object] = field(
        default_factory=lambda: {"ok": True, "user": "easel", "team": "Acme"}
    )
    scopes: str | None = ",".join(sorted(doctor.NEEDED_SCOPES))
    opened: dict[str, object] = field(default_factory=lambda: {"ok": True, "url": "ws://x"})
    clock_off: float = 0.0
    models: int = 200
    database: str | EaselError = "SQLite"
    calls: list[tuple[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        """Slack at /api/, Pixapi at /v1/."""
        self.calls.append((request.path, request.headers.get("Authorization", "")))
        headers = {"Date": formatdate(time.time() - self.clock_off, usegmt=True)}
        if self.scopes is not None:
            headers["x-oauth-scopes"] = self.scopes
        match request.path:
            case "/api/auth.test":
                return web.json_response(self.auth, headers=headers)
            case "/api/apps.connections.open":
                return web.json_response(self.opened, headers=headers)
            case "/v1/models":
                return web.json_response({"data": []}, status=self.models)
            case _:
                return web.Response(status=404)

    async def check(self, _url: str) -> str:
        """In place of the store's."""
        if isinstance(self.database, EaselError):
            raise self.database
        return self.database

    async def sentences(self) -> dict[str, str]:
        """What `easel doctor` says of each."""
        return {f.what: f.sentence for f in await doctor.examine(self.env)}

    async def problems(self) -> dict[str, str]:
        """What `easel doctor` finds wrong."""
        return {f.what: f.sentence for f in await doctor.examine(self.env) if not f.well}


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A world in which all is well."""
    world = World()
    monkeypatch.setattr("bot.store.db.check", world.check)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", world.answer)
    async with TestServer(app) as server:
        world.env |= {
            "SLACK_BOT_TOKEN": "xoxb-bot",
            "SLACK_APP_TOKEN": "xapp-app",
            "PIXAPI_KEY": "sk_key",
            "SLACK_API_URL": f"{server.make_url('/api/')}",
            "PIXAPI_BASE_URL": f"{server.make_url('/')}",
        }
        yield world


async def test_all_is_well(world: World) -> None:
    """Every check has a line, and each token goes to its own host's methods only."""
    findings = await doctor.examine(world.env)

    assert [(f.what, f.well) for f in findings] == [
        ("configuration", True),
        ("bot token", True),
        ("scopes", True),
        ("app token", True),
        ("clock", True),
        ("time zone", True),
        ("Pixapi", True),
        ("prices", True),
        ("database", True),
        ("metrics", True),
    ]
    assert [call for call in world.calls if call[1]] == [
        ("/api/auth.test", "Bearer xoxb-bot"),
        ("/api/apps.connections.open", "Bearer xapp-app"),
        ("/v1/models", "Bearer sk_key"),
    ]
    assert all(len(str(finding).splitlines()) == 1 for finding in findings)


async def test_over_http_there_is_no_app_token(world: World) -> None:
    """Without Socket Mode no socket is asked for."""
    del world.env["SLACK_APP_TOKEN"]
    world.env["SLACK_SIGNING_SECRET"] = "s"

    assert await world.problems() == {}
    assert "/api/apps.connections.open" not in [path for path, _ in world.calls]


async def test_configuration(world: World) -> None:
    """With mistakes in the configuration nobody is called."""
    world.env["PORT"] = "x"

    assert await world.problems() == {"configuration": "PORT: should be a valid integer"}
    assert world.calls == []


async def test_missing_scopes(world: World) -> None:
    """Missing scopes are named; more than the manifest's is no mistake."""
    world.scopes = (
        ",".join(doctor.NEEDED_SCOPES - {"files:write", "commands"}) + ",chat:write.public"
    )

    found = await world.problems()

    assert list(found) == ["scopes"]
    assert found["scopes"].startswith("missing commands, files:write: add ")


async def test_scopes_that_slack_does_not_tell(world: World) -> None:
    """An answer without the header is no mistake of anybody's."""
    world.scopes = None

    assert await world.problems() == {}


@pytest.mark.parametrize("word", ["invalid_auth", "account_inactive", "something_new"])
async def test_a_bot_token_that_slack_refuses(world: World, word: str) -> None:
    """A refused token is named with Slack's word, and its scopes are not guessed."""
    world.auth = {"ok": False, "error": word}

    found = await world.problems()

    assert list(found) == ["bot token"]
    assert found["bot token"].startswith("SLACK_BOT_TOKEN: ")
    assert word in found["bot token"]


async def test_an_app_token_without_its_scope(world: World) -> None:
    """The app token's scope is named."""
    world.opened = {"ok": False, "error": "missing_scope"}

    found = await world.problems()

    assert list(found) == ["app token"]
    assert "connections:write" in found["app token"]


@pytest.mark.parametrize(
    ("off", "sentence"), [(0, None), (50, None), (-50, None), (100, "fast"), (-100, "slow")]
)
async def test_clock(world: World, off: float, sentence: str | None) -> None:
    """A clock more than a minute off is a problem, with its direction."""
    world.clock_off = off

    found = await world.problems()

    assert ("clock" in found) is (sentence is not None)
    assert sentence is None or sentence in found["clock"]


@pytest.mark.parametrize(("status", "well"), [(200, True), (404, True), (500, True), (401, False)])
async def test_pixapi_key(world: World, status: int, well: bool) -> None:  # noqa: FBT001
    """Only a clear refusal is a wrong key: some keys may not list the models."""
    world.models = status

    assert ("Pixapi" not in await world.problems()) is well


async def test_nobody_answers(world: World) -> None:
    """Hosts that do not answer are problems that name the variable to look at."""
    world.env["SLACK_API_URL"] = "http://127.0.0.1:1/api/"
    world.env["PIXAPI_BASE_URL"] = "http://127.0.0.1:1"

    found = await world.problems()

    assert list(found) == ["Slack", "Pixapi"]
    assert "SLACK_API_URL" in found["Slack"]
    assert "PIXAPI_BASE_URL" in found["Pixapi"]


async def test_something_else_answers(world: World) -> None:
    """A web page in Slack's place is a problem, not a traceback."""
    world.env["SLACK_API_URL"] = world.env["SLACK_API_URL"].replace("/api/", "/page/")

    assert list(await world.problems()) == ["Slack"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "127.0.0.1:9464, reached from this machine only"),
        ("[::1]:9000", "[::1]:9000, reached from this machine only"),
        ("off", "off, by EASEL_METRICS"),
        ("0.0.0.0:9464", "reached from other machines: let only"),
    ],
)
async def test_metrics(world: World, address: str, said: str) -> None:
    """Whether others can read the metrics is said, and what to do then."""
    world.env["EASEL_METRICS"] = address

    assert said in (await world.sentences())["metrics"]


async def test_the_time_zone(world: World) -> None:
    """The zone is named with its time now; a zone that nobody set is said to be so."""
    unset = (await world.sentences())["time zone"]
    world.env["EASEL_TIMEZONE"] = "Asia/Kathmandu"
    now = datetime.now(ZoneInfo("Asia/Kathmandu"))  # noqa: TID251 -- the machine's

    assert "UTC (EASEL_TIMEZONE is not set): there it is " in unset
    assert f"Asia/Kathmandu: there it is {now:%Y-%m-%d}" in (await world.sentences())["time zone"]


@pytest.mark.parametrize(
    ("version", "old"), [("2020-01-01", True), ("2999-01-01", False), ("ours", False)]
)
async def test_the_age_of_the_prices(world: World, tmp_path: Path, version: str, old: bool) -> None:  # noqa: FBT001
    """An old table says what to do, by its version or else its file's age; run takes it."""
    table = json.loads(SHIPPED_PRICES.read_text("utf-8")) | {"version": version}
    (tmp_path / "prices.json").write_text(json.dumps(table), "utf-8")
    world.env["EASEL_PRICES"] = str(tmp_path / "prices.json")
    said = (await world.sentences())["prices"]

    assert said.startswith(f"{version}+")
    assert " days old (" in said
    assert (": compare it with Pixapi's prices" in said) is old
    assert await world.problems() == {}


async def test_prices_that_cannot_be_used(world: World, tmp_path: Path) -> None:
    """What `easel run` would refuse is a problem with its line."""
    (tmp_path / "prices.json").write_text("{\n,}", "utf-8")
    world.env["EASEL_PRICES"] = str(tmp_path / "prices.json")

    assert "EASEL_PRICES: The price file is not readable: " in (await world.problems())["prices"]


async def test_for_machines(world: World, tmp_path: Path) -> None:
    """`--json` says the same in one object, with the same status."""
    (tmp_path / "easel.db").mkdir()
    done = await call(["doctor", "--json"], world.env, tmp_path)
    told = json.loads(done.out)
    (wrong,) = [one for one in told["checks"] if not one["ok"]]

    assert (done.status, told["ok"]) == (1, False)
    assert wrong["check"] == "database"
    assert wrong["sentence"].startswith("DATABASE_URL: ")
    assert [one["check"] for one in told["checks"]] == list(await world.sentences())


async def test_database(world: World) -> None:
    """What the store has to say about the database is said."""
    world.database = EaselError("it was migrated by a newer Easel: start that one")

    assert await world.problems() == {
        "database": "DATABASE_URL: it was migrated by a newer Easel: start that one"
    }
