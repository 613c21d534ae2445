"""What the environment says, checked once at the start and frozen.

`load()` is the only door. All mistakes are reported together, by the variables' names, in one
`SettingsError`; none repeats a value, as any value may turn out to be a secret.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, DotEnvSettingsSource

from bot.core.errors import EaselError
from bot.core.job import Credits
from bot.core.periods import Calendar
from bot.network import Network, is_loopback, trust_only
from bot.pace import LIVE, Pace

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN_PREFIX = "EASEL_"
LARGEST_CAP = 1_000_000_000  # credits; what two databases and a reader can take
LAST_PORT = 65_535


class SettingsError(EaselError):
    """The environment cannot be used. `mistakes` has a line for each variable that is wrong."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def _token(prefix: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        if not re.fullmatch(re.escape(prefix) + r"[\x21-\x7e]+", secret.get_secret_value()):
            raise ValueError(f"should begin with {prefix}, without quotes or spaces")
        return secret

    return AfterValidator(check)


def _base_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("should be an address like https://host/path/") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValueError("should be an address like https://host/path/")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("should be an address without user, password, ? and #")
    if parts.scheme == "http" and not is_loopback(url):
        raise ValueError("should be https: plain http is for addresses on this machine only")
    return url.rstrip("/")


def _proxy(secret: SecretStr) -> SecretStr:
    given = secret.get_secret_value()
    url = given if "://" in given else f"http://{given}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("should be http://host:port, with user:password@ before it if need be")
    return SecretStr(url)


def _authorities(path: Path) -> Path:
    try:
        trust_only(path)
    except OSError:
        raise ValueError("should be a file of certificates (PEM) that this user may read") from None
    return path


def check_database(secret: SecretStr) -> SecretStr:
    """A database's address as people write it. Raises ValueError, which does not repeat it."""
    scheme, _, rest = secret.get_secret_value().partition("://")
    if scheme == "sqlite":
        if not rest.startswith("/") or rest[1:].strip("/") in {"", ":memory:"} or "?" in rest:
            raise ValueError("should be sqlite:///file or sqlite:////full/path, nothing after it")
    elif scheme == "postgresql":
        if not rest.partition("?")[0].partition("/")[2]:
            raise ValueError("should name a database: postgresql://user:password@host/name")
    else:
        raise ValueError("should begin with sqlite:/// or postgresql://")
    return secret


@dataclass(frozen=True, slots=True)
class Address:
    """A place on this machine where something is served."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _address(written: object) -> object:
    if not isinstance(written, str):
        return written
    if written.lower() == "off":
        return None
    found = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s:/\[\]]+)):([0-9]{1,5})", written)
    if found is None or int(found[3]) > LAST_PORT:
        raise ValueError("should be host:port, as in 127.0.0.1:9464, or off")
    return Address(found[1] or found[2], int(found[3]))


def _zone(name: object) -> object:
    if not isinstance(name, str):
        return name
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        near = get_close_matches(name.title(), available_timezones(), n=1)
        example = f"did you mean {near[0]}?" if near else "written as in Europe/Berlin"
        raise ValueError(f"there is no such time zone; {example}") from None


def _ids(listed: object) -> object:
    if not isinstance(listed, str):
        return listed
    ids = frozenset(filter(None, (part.strip() for part in listed.split(","))))
    if not all(re.fullmatch("[UWS][A-Z0-9]+", one) for one in ids):
        raise ValueError(
            "should be Slack ids with commas between: of people (U… or W…) or user groups (S…)"
        )
    return ids


def _file(path: Path) -> Path:
    try:
        path.open("rb").close()
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except OSError as error:
        raise ValueError(f"should be a file that this user may read ({error.strerror})") from None
    return path


def _lower(word: object) -> object:
    return word.lower() if isinstance(word, str) else word


def _json(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError('should be JSON, as in {"sweep": 30}') from error


BaseUrl = Annotated[str, AfterValidator(_base_url)]
Ids = Annotated[frozenset[str], BeforeValidator(_ids)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Settings(BaseModel):
    """All settings. A field is named as its variable, in small letters and without `EASEL_`."""

    model_config = ConfigDict(frozen=True)

    slack_bot_token: Annotated[SecretStr, _token("xoxb-")] = Field(
        alias="SLACK_BOT_TOKEN",
        description="copy it from the app's page OAuth & Permissions, once installed",
    )
    slack_app_token: Annotated[SecretStr, _token("xapp-")] | None = Field(
        None, alias="SLACK_APP_TOKEN"
    )
    slack_signing_secret: SecretStr | None = Field(
        None, alias="SLACK_SIGNING_SECRET", validate_default=True
    )
    slack_api_url: BaseUrl = Field("https://slack.com/api/", alias="SLACK_API_URL")
    pixapi_key: Annotated[SecretStr, _token("sk_")] = Field(
        alias="PIXAPI_KEY", description="create one in your Pixapi account"
    )
    pixapi_base_url: BaseUrl = Field("https://api.pixapi.ai", alias="PIXAPI_BASE_URL")
    database_url: Annotated[SecretStr, AfterValidator(check_database)] = Field(
        SecretStr("sqlite:///easel.db"), alias="DATABASE_URL"
    )
    https_proxy: Annotated[SecretStr, AfterValidator(_proxy)] | None = Field(
        None, alias="HTTPS_PROXY"
    )
    no_proxy: str | None = Field(None, alias="NO_PROXY")
    ssl_cert_file: Annotated[Path, AfterValidator(_authorities)] | None = Field(
        None, alias="SSL_CERT_FILE"
    )
    host: str = Field("127.0.0.1", alias="HOST")
    port: int = Field(3000, alias="PORT", ge=0, le=LAST_PORT)  # 0: any free one
    metrics: Annotated[Address | None, BeforeValidator(_address)] = Field(
        Address("127.0.0.1", 9464), alias="EASEL_METRICS", validate_default=True
    )
    admins: Ids = Field(frozenset(), alias="EASEL_ADMINS")
    guests_may_spend: Annotated[Literal["yes", "no"], BeforeValidator(_lower)] = Field(
        "no", alias="EASEL_GUESTS_MAY_SPEND"
    )
    timezone: Annotated[ZoneInfo, BeforeValidator(_zone)] = Field(
        ZoneInfo("UTC"), alias="EASEL_TIMEZONE"
    )
    week_starts: Annotated[Weekday, BeforeValidator(_lower)] = Field(
        "monday", alias="EASEL_WEEK_STARTS"
    )
    default_channel_cap: Credits | None = Field(
        None, alias="EASEL_DEFAULT_CHANNEL_CAP", ge=0, le=LARGEST_CAP
    )
    prices: Annotated[Path, AfterValidator(_file)] | None = Field(None, alias="EASEL_PRICES")
    max_concurrent_jobs: int = Field(32, alias="EASEL_MAX_CONCURRENT_JOBS", ge=1, le=10_000)
    poll_seconds: float = Field(2.0, alias="EASEL_POLL_SECONDS", gt=0, le=60)
    pixapi_tasks: Annotated[Literal["auto", "off"], BeforeValidator(_lower)] = Field(
        "auto", alias="EASEL_PIXAPI_TASKS"
    )
    job_deadline_seconds: float = Field(900.0, alias="EASEL_JOB_DEADLINE_SECONDS", gt=0, le=86_400)
    retention_days: int = Field(90, alias="EASEL_RETENTION_DAYS", ge=1, le=36_500)
    pace: Annotated[Pace, BeforeValidator(_json)] = Field(LIVE, alias="EASEL_PACE")
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = (
        Field("info", alias="LOG_LEVEL")
    )
    log_format: Annotated[Literal["text", "json"], BeforeValidator(_lower)] = Field(
        "text", alias="LOG_FORMAT"
    )

    @field_validator("slack_api_url")
    @classmethod
    def _end_with_slash(cls, url: str) -> str:
        return url.rstrip("/") + "/"  # slack_sdk joins the method's name to it as it is

    @field_validator("slack_signing_secret")
    @classmethod
    def _needed_over_http(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A SLACK_APP_TOKEN that is itself a mistake is not in `data`: Socket Mode is meant.
        if secret is None and info.data.get("slack_app_token", "a mistake") is None:
            raise ValueError(
                "is missing: copy it from the app's page Basic Information, or use SLACK_APP_TOKEN"
            )
        return secret

    @field_validator("metrics")
    @classmethod
    def _away_from_slack(cls, address: Address | None, info: ValidationInfo) -> Address | None:
        if address is not None and address.port == info.data.get("port") != 0:
            raise ValueError("should have another port than PORT, which Slack reaches, or be off")
        return address

    @property
    def socket_mode(self) -> bool:
        """Whether Slack is reached through a socket that we open; otherwise it calls us."""
        return self.slack_app_token is not None

    @property
    def calendar(self) -> Calendar:
        """How days and weeks are counted as far as the environment says."""
        return Calendar.fixed(self.timezone, get_args(Weekday).index(self.week_starts))

    @property
    def network(self) -> Network:
        """How Slack and Pixapi are reached; may hold a password."""
        proxy = self.https_proxy.get_secret_value() if self.https_proxy else None
        return Network(proxy, self.no_proxy or "", self.ssl_cert_file)

    @property
    def sqlite_path(self) -> Path | None:
        """The database's file, relative to the working directory; None with PostgreSQL."""
        url = self.database_url.get_secret_value()
        return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None

    @property
    def sqlalchemy_url(self) -> str:
        """The database as SQLAlchemy's asynchronous drivers want it; holds the password."""
        return for_sqlalchemy(self.database_url)


def for_sqlalchemy(database: SecretStr) -> str:
    """A database's address as SQLAlchemy's asynchronous drivers want it; holds the password."""
    return (
        database.get_secret_value()
        .replace("sqlite://", "sqlite+aiosqlite://", 1)
        .replace("postgresql://", "postgresql+psycopg://", 1)
    )


VARIABLES = {field.alias: name for name, field in Settings.model_fields.items() if field.alias}
"""Variable → field, in the order of the table in the README."""


SMALL = ("https_proxy", "no_proxy")
"""Variables that may be written small, as by custom, and then win."""


def load(env: Mapping[str, str] | None = None) -> Settings:
    """Settings from `env` alone, or else from the environment and `./.env` (the environment wins).

    An empty value counts as not set. Raises SettingsError with every mistake.
    """
    given = {k: v.strip() for k, v in (_surroundings() if env is None else env).items()}
    given = {name: value for name, value in given.items() if value}
    given |= {name.upper(): given[name] for name in SMALL if name in given}
    mistakes = []
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        settings = None
        mistakes = [_sentence(dict(one)) for one in error.errors(include_input=False)]
    mistakes += [
        _unknown(name)
        for name in sorted(given)
        if name.startswith(OWN_PREFIX) and name not in VARIABLES
    ]
    if mistakes or settings is None:
        raise SettingsError(tuple(mistakes))
    return settings


def _surroundings() -> dict[str, str]:
    try:
        file = DotEnvSettingsSource(BaseSettings, env_file=".env", case_sensitive=True).env_vars
    except UnicodeDecodeError:
        raise SettingsError((".env: cannot be read as a text file in UTF-8",)) from None
    except OSError as error:
        said = f".env: cannot be read in the working directory ({error.strerror})"
        raise SettingsError((f"{said}: let this user read it",)) from None
    return {name: value for name, value in file.items() if value is not None} | dict(os.environ)


def _sentence(error: dict[str, Any]) -> str:
    """One of pydantic's findings as a line: the variable's name and what it should be."""
    place = str(error["loc"][0])  # the variable; the field's own name where a default was wrong
    field = Settings.model_fields[VARIABLES.get(place, place)]
    if error["type"] == "missing":
        what = f"is missing: {field.description}"
    elif error["type"] == "value_error":
        what = str(error["ctx"]["error"])
    else:
        what = error["msg"].replace("Input should be", "should be").partition(", unable")[0]
    return f"{field.alias}: {what}"


def _unknown(name: str) -> str:
    near = get_close_matches(
        name, [known for known in VARIABLES if known.startswith(OWN_PREFIX)], n=1, cutoff=0.75
    )
    return f"{name}: not a setting" + (f"; did you mean {near[0]}?" if near else "")
