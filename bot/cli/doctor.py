"""`easel doctor`: what would keep `easel run` from working, found out before it matters.

Nothing here spends credits, posts a message or writes to the database.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx

from bot.core.errors import CannotStart, EaselError
from bot.engine.inputs import require_temporary_files
from bot.network import is_loopback
from bot.pixapi.client import KeyCheck, PixapiClient, open_http
from bot.prices import SHIPPED_PRICES
from bot.services import load_prices
from bot.settings import Settings, SettingsError, load
from bot.store import db

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

NEEDED_SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "usergroups:read",
        "users:read",
    }
)
"""The bot scopes of manifest.yml, which says why each is needed; a test compares the two."""

ANSWER_SECONDS = 10.0
CLOCK_SECONDS = 60.0  # signed requests are refused at five minutes; a minute off is a clock adrift
OLD_DAYS = 180  # a price table that old is worth a comparison
REACH = "and may this machine reach it?"

REMEDIES = {
    "invalid_auth": "Slack does not know it: copy it again",
    "account_inactive": "the app was removed from the workspace: install it again",
    "token_revoked": "it was revoked: install the app again and copy the new one",
    "token_expired": "token rotation is on: switch it off, as in manifest.yml",
    "not_allowed_token_type": "it is a token of another kind: copy it again",
    "missing_scope": "it lacks a scope: make one with connections:write",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check, with what to do where it is not well."""

    what: str
    well: bool
    sentence: str

    def __str__(self) -> str:
        return f"{'ok' if self.well else 'PROBLEM':<8} {self.what:<13} {self.sentence}"


class _NoAnswerError(Exception):
    """Slack did not answer in its protocol."""


async def examine(env: Mapping[str, str] | None = None) -> list[Finding]:
    """All checks in the order in which mending them makes sense; `env` as for `load`."""
    try:
        settings = load(env)
    except SettingsError as error:
        return [Finding("configuration", well=False, sentence=line) for line in error.mistakes]
    async with open_http(network=settings.network) as http:
        return [
            Finding("configuration", well=True, sentence=_summary(settings)),
            *_network(settings),
            *await _slack(settings, http),
            _time_zone(settings, datetime.fromtimestamp(time.time(), UTC)),
            await _pixapi(settings, http),
            *_prices(settings, datetime.fromtimestamp(time.time(), UTC).date()),
            await _database(settings),
            _metrics(settings),
            *_files(),
        ]


def _summary(settings: Settings) -> str:
    if settings.socket_mode:
        return "Socket Mode"
    return f"HTTP: a public https address leads to {settings.host}:{settings.port}/slack/events"


def _network(settings: Settings) -> list[Finding]:
    """By which way each is called, where something is set about it."""
    network = settings.network
    trusted = f"trusted are the authorities in {network.authorities}"
    ways = [
        f"{name} {_way(settings, url)}"
        for name, url in (("Slack", settings.slack_api_url), ("Pixapi", settings.pixapi_base_url))
        if network.proxy
    ]
    told = [*ways, *([trusted] if network.authorities else [])]
    return [Finding("network", well=True, sentence="; ".join(told))] if told else []


def _way(settings: Settings, url: str) -> str:
    network = settings.network
    return f"through {network.name} (HTTPS_PROXY)" if network.way(url) else "directly"


async def _slack(settings: Settings, http: httpx.AsyncClient) -> list[Finding]:
    """Bot token, its scopes, the clock, and the app token where there is one."""
    try:
        response, answer = await _call(settings, http, "auth.test", settings.slack_bot_token)
        opened = (
            (await _call(settings, http, "apps.connections.open", settings.slack_app_token))[1]
            if settings.slack_app_token
            else None
        )
    except _NoAnswerError as error:
        way = _way(settings, settings.slack_api_url)
        sentence = f"{error}, called {way}: is SLACK_API_URL right, {REACH}"
        return [Finding("Slack", well=False, sentence=sentence)]
    findings = [_bot_token(answer)]
    if answer.get("ok"):
        findings.append(_scopes(response.headers.get("x-oauth-scopes")))
    if opened is not None:
        findings.append(_app_token(opened))
    return [*findings, _clock(response.headers.get("date"), time.time())]


async def _call(
    settings: Settings, http: httpx.AsyncClient, method: str, token: SecretStr
) -> tuple[httpx.Response, dict[str, Any]]:
    authorization = {"Authorization": f"Bearer {token.get_secret_value()}"}
    try:
        response = await http.post(
            settings.slack_api_url + method, headers=authorization, timeout=ANSWER_SECONDS
        )
    except httpx.HTTPError as error:
        raise _NoAnswerError(f"no answer ({type(error).__name__})") from error
    try:
        answer = response.json()
    except ValueError as error:
        status = response.status_code
        raise _NoAnswerError(f"an answer that is not Slack's (status {status})") from error
    if not isinstance(answer, dict):
        raise _NoAnswerError("an answer that is not Slack's")
    return response, answer


def _bot_token(answer: dict[str, Any]) -> Finding:
    if answer.get("ok"):
        sentence = f"@{answer.get('user')} in the workspace {answer.get('team')}"
        return Finding("bot token", well=True, sentence=sentence)
    return Finding("bot token", well=False, sentence=f"SLACK_BOT_TOKEN: {_remedy(answer)}")


def _app_token(answer: dict[str, Any]) -> Finding:
    if answer.get("ok"):
        return Finding("app token", well=True, sentence="may open sockets")
    return Finding("app token", well=False, sentence=f"SLACK_APP_TOKEN: {_remedy(answer)}")


def _remedy(answer: dict[str, Any]) -> str:
    word = str(answer.get("error"))
    return f"{REMEDIES[word]} ({word})" if word in REMEDIES else f"Slack answers {word}"


def _scopes(header: str | None) -> Finding:
    if header is None:
        sentence = "Slack does not say which the token has; compare with manifest.yml"
        return Finding("scopes", well=True, sentence=sentence)
    missing = sorted(NEEDED_SCOPES - {scope.strip() for scope in header.split(",")})
    if missing:
        advice = "add what manifest.yml has (page OAuth & Permissions), then reinstall the app"
        sentence = f"missing {', '.join(missing)}: {advice}"
        return Finding("scopes", well=False, sentence=sentence)
    return Finding("scopes", well=True, sentence=f"all {len(NEEDED_SCOPES)} of the manifest")


def _clock(date: str | None, now: float) -> Finding:
    """Compare this machine's clock (`now`, Unix seconds) with the `Date` of Slack's answer."""
    try:
        off = now - parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return Finding("clock", well=True, sentence="Slack does not say what time it is")
    if abs(off) > CLOCK_SECONDS:
        way = "fast" if off > 0 else "slow"
        sentence = f"{abs(off):.0f} s {way}: set it by NTP; at 300 s Slack's requests are refused"
        return Finding("clock", well=False, sentence=sentence)
    return Finding("clock", well=True, sentence="agrees with Slack's")


def _time_zone(settings: Settings, now: datetime) -> Finding:
    zone = settings.timezone
    unset = "" if "timezone" in settings.model_fields_set else " (EASEL_TIMEZONE is not set)"
    sentence = f"{zone.key}{unset}: there it is {now.astimezone(zone):%Y-%m-%d %H:%M}"
    return Finding("time zone", well=True, sentence=f"{sentence}; budgets renew by it")


def _prices(settings: Settings, today: date) -> list[Finding]:
    """How old the price table is: by its version, or else by its file."""
    try:
        version = load_prices(settings).version
    except SettingsError as error:
        return [Finding("prices", well=False, sentence=line) for line in error.mistakes]
    file = settings.prices or SHIPPED_PRICES
    try:
        since = date.fromisoformat(version.partition("+")[0])
    except ValueError:
        since = datetime.fromtimestamp(file.stat().st_mtime, UTC).date()
    days = max((today - since).days, 0)
    sentence = f"{version}, {days} days old ({settings.prices or 'shipped with Easel'})"
    if days > OLD_DAYS:
        sentence += ": compare it with Pixapi's prices, and let EASEL_PRICES name a newer file"
    return [Finding("prices", well=True, sentence=sentence)]


def _metrics(settings: Settings) -> Finding:
    """Whether `/metrics` can be reached from outside; on the port of Slack's requests never."""
    address = settings.metrics
    if address is None:
        sentence = "off, by EASEL_METRICS"
    elif is_loopback(f"http://{address}"):
        sentence = f"/metrics on {address}, reached from this machine only"
    else:
        sentence = (
            f"/metrics on {address}, reached from other machines: let only what collects them "
            f"through, or set EASEL_METRICS=127.0.0.1:{address.port}"
        )
    return Finding("metrics", well=True, sentence=sentence)


async def _pixapi(settings: Settings, http: httpx.AsyncClient) -> Finding:
    try:
        await http.head(settings.pixapi_base_url, timeout=ANSWER_SECONDS)
    except httpx.HTTPError as error:
        way = _way(settings, settings.pixapi_base_url)
        said = f"no answer ({type(error).__name__}), called {way}"
        sentence = f"{said}: is PIXAPI_BASE_URL right, {REACH}"
        return Finding("Pixapi", well=False, sentence=sentence)
    key = settings.pixapi_key.get_secret_value()
    client = PixapiClient(http, base_url=settings.pixapi_base_url, key=key)
    match await client.check_key():
        case KeyCheck.OK:
            return Finding("Pixapi", well=True, sentence="takes the key")
        case KeyCheck.WRONG:
            sentence = "PIXAPI_KEY: Pixapi does not know it: copy it again, or create a new one"
            return Finding("Pixapi", well=False, sentence=sentence)
        case KeyCheck.CANNOT_TELL:
            # Some keys may not list the models, and work all the same.
            sentence = "answers, but does not say whether it takes the key"
            return Finding("Pixapi", well=True, sentence=sentence)


async def _database(settings: Settings) -> Finding:
    try:
        return Finding("database", well=True, sentence=await db.check(settings.sqlalchemy_url))
    except EaselError as error:
        return Finding("database", well=False, sentence=f"DATABASE_URL: {error.sentence}")


def _files() -> list[Finding]:
    """Nothing where temporary files can be written."""
    try:
        require_temporary_files()
    except CannotStart as error:
        return [Finding("files", well=False, sentence=error.sentence)]
    return []
