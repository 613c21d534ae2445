from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.network import is_loopback
from bot.settings import VARIABLES, Address, SettingsError, load

SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-secret-one",
    "SLACK_APP_TOKEN": "xapp-secret-two",
    "SLACK_SIGNING_SECRET": "secret-three",
    "PIXAPI_KEY": "sk_secret-four",
    "DATABASE_URL": "postgresql://easel:secret-five@db/easel",
}
HTTP = {name: SECRETS[name] for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "PIXAPI_KEY")}


def mistakes(**changes: str) -> tuple[str, ...]:
    """What `load` has to say about a good environment with these changes."""
    with pytest.raises(SettingsError) as caught:
        load(HTTP | changes)
    return caught.value.mistakes


def test_defaults() -> None:
    """What is not set has the default of the table."""
    settings = load(HTTP)

    assert str(settings.timezone) == "UTC"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.pixapi_base_url == "https://api.pixapi.ai"
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)
    assert settings.sqlite_path == Path("easel.db")
    assert settings.default_channel_cap is None
    assert settings.admins == frozenset()


def test_all_mistakes_at_once() -> None:
    """Every wrong variable is named, each once, in one error."""
    found = mistakes(
        SLACK_BOT_TOKEN="xapp-other-kind",
        PIXAPI_KEY="",
        SLACK_API_URL="slack.com",
        PIXAPI_BASE_URL="http://api.pixapi.ai",
        DATABASE_URL="mysql://db/easel",
        HTTPS_PROXY="socks5://proxy",
        SSL_CERT_FILE="/no/such/file",
        PORT="http",
        EASEL_METRICS="9464",
        EASEL_ADMINS="@ada",
        EASEL_GUESTS_MAY_SPEND="perhaps",
        EASEL_TIMEZONE="Mars/Olympus",
        EASEL_WEEK_STARTS="someday",
        EASEL_DEFAULT_CHANNEL_CAP="-1",
        EASEL_PRICES="/no/such/file",
        EASEL_MAX_CONCURRENT_JOBS="0",
        EASEL_POLL_SECONDS="nan",
        EASEL_PIXAPI_TASKS="on",
        EASEL_JOB_DEADLINE_SECONDS="inf",
        EASEL_RETENTION_DAYS="1.5",
        EASEL_PACE='{"speed": 1}',
        LOG_LEVEL="loud",
        LOG_FORMAT="xml",
        SLACK_SIGNING_SECRET="",
    )

    assert [line.partition(": ")[0] for line in found] == [
        name for name in VARIABLES if name not in {"SLACK_APP_TOKEN", "NO_PROXY", "HOST"}
    ]


def test_no_value_is_repeated() -> None:
    """A mistake shows no value, whichever variable a secret was put into by mistake."""
    for secret in ("0ld-Sesame", "xoxb-0ld-Sesame", "sk_0ld-Sesame", "sqlite:0ld-Sesame"):
        wrong = dict.fromkeys((*VARIABLES, "EASEL_TYPO"), secret)
        with pytest.raises(SettingsError) as caught:
            load(wrong)

        assert "Sesame" not in repr(caught.value)
        assert "Sesame" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_no_secret_is_shown() -> None:
    """Neither `repr` nor `str` nor a dump of the settings shows a secret."""
    settings = load(SECRETS)

    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "secret-" not in shown


def test_frozen() -> None:
    """Settings do not change once they are loaded."""
    settings = load(HTTP)

    with pytest.raises(ValidationError):
        settings.port = 1


def test_signing_secret_or_app_token() -> None:
    """The signing secret is needed exactly where there is no app token."""
    app_token = {"SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": "xapp-1"}

    assert load(HTTP | app_token).socket_mode
    assert not load(HTTP).socket_mode
    assert [line.partition(":")[0] for line in mistakes(SLACK_SIGNING_SECRET="")] == [
        "SLACK_SIGNING_SECRET"
    ]


def test_a_wrong_app_token_means_socket_mode() -> None:
    """Who mistyped the app token is not asked for a signing secret as well."""
    assert mistakes(SLACK_SIGNING_SECRET="", SLACK_APP_TOKEN="xoxb-1") == (
        "SLACK_APP_TOKEN: should begin with xapp-, without quotes or spaces",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-"),
        ("SLACK_BOT_TOKEN", '"xoxb-1"'),
        ("SLACK_BOT_TOKEN", "xoxb-1 xoxb-2"),
        ("SLACK_APP_TOKEN", "xoxb-1"),
        ("PIXAPI_KEY", "pk_1"),
        ("PIXAPI_KEY", "sk_é"),
    ],
)
def test_shape_of_tokens(name: str, value: str) -> None:
    """A token of another kind is a mistake of one line."""
    (line,) = mistakes(**{name: value})

    assert line.startswith(f"{name}: should begin with ")


def test_zero_is_not_unset() -> None:
    """A default cap of 0 allows nothing; unset and empty are no cap."""
    assert load(HTTP | {"EASEL_DEFAULT_CHANNEL_CAP": "0"}).default_channel_cap == 0
    assert load(HTTP | {"EASEL_DEFAULT_CHANNEL_CAP": ""}).default_channel_cap is None
    assert load(HTTP).default_channel_cap is None


@pytest.mark.parametrize("value", ["-1", "1e9", "1.5", "many", "1000000001"])
def test_caps_that_are_none(value: str) -> None:
    """A default cap is a whole number of credits."""
    assert len(mistakes(EASEL_DEFAULT_CHANNEL_CAP=value)) == 1


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://slack.com/api", "https://slack.com/api/"),
        ("https://slack-gov.com/api///", "https://slack-gov.com/api/"),
        ("http://127.0.0.1:8001/api/", "http://127.0.0.1:8001/api/"),
        ("http://[::1]:8001/api", "http://[::1]:8001/api/"),
        ("http://localhost", "http://localhost/"),
    ],
)
def test_api_url_ends_with_one_slash(given: str, used: str) -> None:
    """Slack's base address ends with one slash, Pixapi's with none."""
    settings = load(HTTP | {"SLACK_API_URL": given, "PIXAPI_BASE_URL": given})

    assert settings.slack_api_url == used
    assert settings.pixapi_base_url == used.removesuffix("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://slack.com/api/",
        "http://127.0.0.1.example.com/",
        "https://",
        "https://[::1",
        "https://host:port/",
        "https://host:0/",
        "ftp://host/",
        "https://user:password@host/",
        "https://host/?team=1",
        "slack.com/api/",
    ],
)
def test_base_urls_that_are_refused(url: str) -> None:
    """A token goes out over https or stays on this machine; an address is a plain one."""
    assert [
        line.partition(":")[0] for line in mistakes(SLACK_API_URL=url, PIXAPI_BASE_URL=url)
    ] == [
        "SLACK_API_URL",
        "PIXAPI_BASE_URL",
    ]


def test_loopback() -> None:
    """Loopback is judged by the host alone, not by how an address begins."""
    assert is_loopback("http://127.8.9.1:1/x")
    assert is_loopback("ws://[::1]/")
    assert is_loopback("http://localhost:3000")
    assert not is_loopback("https://localhost.example.com")
    assert not is_loopback("https://slack.com/?127.0.0.1")
    assert not is_loopback("127.0.0.1")


@pytest.mark.parametrize(
    ("url", "for_sqlalchemy", "path"),
    [
        ("sqlite:///easel.db", "sqlite+aiosqlite:///easel.db", Path("easel.db")),
        ("sqlite:////data/a b.db", "sqlite+aiosqlite:////data/a b.db", Path("/data/a b.db")),
        ("postgresql://u:p%40@h:5432/n", "postgresql+psycopg://u:p%40@h:5432/n", None),
        ("postgresql:///n?host=/run/pg", "postgresql+psycopg:///n?host=/run/pg", None),
    ],
)
def test_databases(url: str, for_sqlalchemy: str, path: Path | None) -> None:
    """Both databases get their asynchronous driver; SQLite has a file."""
    settings = load(HTTP | {"DATABASE_URL": url})

    assert settings.sqlalchemy_url == for_sqlalchemy
    assert settings.sqlite_path == path


@pytest.mark.parametrize(
    "url",
    [
        "easel.db",
        "sqlite:easel.db",
        "sqlite://",
        "sqlite:///",
        "sqlite://easel.db",
        "sqlite:///:memory:",
        "sqlite:///easel.db?mode=ro",
        "postgres://h/n",
        "postgresql://h",
        "postgresql://h/",
    ],
)
def test_databases_that_are_refused(url: str) -> None:
    """A database that would be lost with the process, or is not named, is a mistake."""
    assert [line.partition(":")[0] for line in mistakes(DATABASE_URL=url)] == ["DATABASE_URL"]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("0.0.0.0:9000", Address("0.0.0.0", 9000)),  # noqa: S104 -- a value
        ("[::1]:9464", Address("::1", 9464)),
        ("localhost:0", Address("localhost", 0)),
        ("OFF", None),
        ("", Address("127.0.0.1", 9464)),
    ],
)
def test_where_metrics_are(written: str, address: Address | None) -> None:
    """Metrics have an address of their own, on this machine unless told otherwise, or none."""
    assert load(HTTP | {"EASEL_METRICS": written}).metrics == address


@pytest.mark.parametrize(
    "given",
    [
        {"EASEL_METRICS": "127.0.0.1:65536"},
        {"EASEL_METRICS": "http://127.0.0.1:9464"},
        {"EASEL_METRICS": "::1:9464"},
        {"EASEL_METRICS": "0.0.0.0:3000"},
        {"PORT": "9464"},
    ],
)
def test_metrics_are_not_where_slack_is(given: dict[str, str]) -> None:
    """What is no address is a mistake, and so is the port that Slack reaches."""
    assert [line.partition(":")[0] for line in mistakes(**given)] == ["EASEL_METRICS"]


def test_admins() -> None:
    """Admins are a set of people and user groups, however spaced."""
    given = HTTP | {"EASEL_ADMINS": " U012AB, W3CD ,,S0GROUP, U012AB"}

    assert load(given).admins == {"U012AB", "W3CD", "S0GROUP"}


@pytest.mark.parametrize("zone", ["Europe", "../UTC", "/etc/passwd", "Berlin Time", "x" * 300])
def test_zones_that_do_not_exist(zone: str) -> None:
    """A zone is one of the database's, never a path."""
    assert [line.partition(":")[0] for line in mistakes(EASEL_TIMEZONE=zone)] == ["EASEL_TIMEZONE"]


def test_a_misspelt_zone_is_guessed() -> None:
    """The nearest zone is offered."""
    assert mistakes(EASEL_TIMEZONE="europe/berln") == (
        "EASEL_TIMEZONE: there is no such time zone; did you mean Europe/Berlin?",
    )


def test_unknown_variables() -> None:
    """A misspelt variable of Easel's is a mistake with the nearest name, others' are not."""
    assert mistakes(EASEL_ADMIN="U1", EASEL_ZZZ="1", SLACK_CLIENT_ID="1", PATH="/bin") == (
        "EASEL_ADMIN: not a setting; did you mean EASEL_ADMINS?",
        "EASEL_ZZZ: not a setting",
    )


def test_words_in_any_case() -> None:
    """Words that choose may be written in capitals."""
    settings = load(
        HTTP | {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "JSON", "EASEL_WEEK_STARTS": "Sunday"}
    )

    assert (settings.log_level, settings.log_format) == ("debug", "json")
    assert settings.week_starts == "sunday"


def test_spaces_around_values_do_not_count() -> None:
    """A token pasted with a line's end is the token."""
    settings = load(HTTP | {"PIXAPI_KEY": " sk_1\n"})

    assert settings.pixapi_key.get_secret_value() == "sk_1"


@pytest.mark.usefixtures("_in_tmp_path")
def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` fills in what the environment does not say, even when that is an empty value."""
    lines = [f'{name}="{value}"' for name, value in HTTP.items()]
    Path(".env").write_text("\n".join([*lines, "PORT=1", "EASEL_ADMINS=U1"]), "utf-8")
    monkeypatch.setenv("PORT", "2")
    monkeypatch.setenv("EASEL_ADMINS", "")

    settings = load()

    assert settings.slack_bot_token.get_secret_value() == HTTP["SLACK_BOT_TOKEN"]
    assert settings.port == 2
    assert settings.admins == frozenset()


@pytest.mark.usefixtures("_in_tmp_path")
def test_a_given_environment_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a mapping neither the process's environment nor `.env` is read."""
    Path(".env").write_text("PORT=1", "utf-8")
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104 - a value that must not get in

    settings = load(HTTP)

    assert (settings.host, settings.port) == ("127.0.0.1", 3000)


@pytest.mark.usefixtures("_in_tmp_path")
def test_typos_in_the_file_are_found() -> None:
    """The file's unknown names are mistakes like the environment's."""
    Path(".env").write_text(
        "\n".join(f"{k}={v}" for k, v in HTTP.items()) + "\nEASEL_PRICE=x", "utf-8"
    )

    with pytest.raises(SettingsError) as caught:
        load()

    assert caught.value.mistakes == ("EASEL_PRICE: not a setting; did you mean EASEL_PRICES?",)


@pytest.mark.usefixtures("_in_tmp_path")
def test_a_file_that_is_no_text() -> None:
    """A `.env` in another encoding is a mistake, not a traceback."""
    Path(".env").write_bytes("PORT=1 # ö".encode("utf-16"))

    with pytest.raises(SettingsError) as caught:
        load()

    assert caught.value.mistakes == (".env: cannot be read as a text file in UTF-8",)


@pytest.fixture
def _in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
