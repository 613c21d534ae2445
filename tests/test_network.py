"""Behind a company's proxy: both sides are reached through it, and it learns nothing."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.app import running
from bot.cli.doctor import examine
from bot.core.job import ChannelId, FileId, ModelId, Quality, Request, Size, Ts
from bot.network import Network
from bot.pixapi.answers import Finished
from bot.pixapi.client import PixapiClient, open_http
from bot.pixapi.errors import NotSent
from bot.settings import SettingsError, load
from bot.slack.client import open_slack
from bot.slack.errors import SlackDown
from bot.slack.files import FileDetails, Upload
from bot.views.kit import Message
from tests.company import PASSWORD, PICTURE, Company, company
from tests.flow.stage import Stage, stage
from tests.pixapi_client.against import instant

USUAL = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "PIXAPI_KEY": "sk_1",
    "PORT": "0",
    "EASEL_METRICS": "off",
}
ASK = Request("a red fox", ModelId("gpt-image-2"), Size(1024, 1024), Quality.LOW)
HELLO = Message("hello")
HERE = ChannelId("C1")


@pytest.fixture(name="company")
async def _company(tmp_path: Path) -> AsyncIterator[Company]:
    async with company(tmp_path) as built:
        yield built


def network(company: Company, **changes: str) -> Network:
    """How Easel goes about there."""
    return load(USUAL | company.env | changes).network


async def test_slack_through_a_proxy(company: Company) -> None:
    """Calls, answers to clicks, uploads and downloads go through it; it is told hosts alone."""
    file = FileDetails(FileId("F1"), url="https://files.slack.com/a.png", size=len(PICTURE))
    upload = Upload("https://files.slack.com/upload/1", FileId("F1"))

    async def chunks() -> AsyncIterator[bytes]:
        yield PICTURE

    async with open_slack("xoxb-1", network=network(company)) as slack:
        await slack.update(HERE, Ts("1.1"), HELLO)

        assert await slack.respond("https://hooks.slack.com/actions/1", HELLO)
        assert await slack.download(file, io.BytesIO(), 10_000) == len(PICTURE)

        await slack.send_bytes(upload, chunks(), len(PICTURE), "image/png")

    assert company.connected == {"slack.com:443", "hooks.slack.com:443", "files.slack.com:443"}
    assert [path for _, path in company.called] == [
        "/api/chat.update",
        "/actions/1",
        "/a.png",
        "/upload/1",
    ]


async def test_pixapi_through_a_proxy(company: Company) -> None:
    """A submit and its picture go through it; the key is inside."""
    async with open_http(network=network(company)) as http:
        pixapi = PixapiClient(http, base_url="https://api.pixapi.ai", key="sk_1", tasks=False)
        outcome = await pixapi.submit(ASK)
        assert isinstance(outcome, Finished)
        async with pixapi.open(outcome.images[0]) as opened:
            got = b"".join([chunk async for chunk in opened.chunks])

    assert got == PICTURE
    assert company.connected == {"api.pixapi.ai:443", "cdn.example.com:443"}


async def test_easel_behind_a_proxy(company: Company, tmp_path: Path) -> None:
    """Easel connects its socket through it: `/readyz` is 200."""
    env = USUAL | company.env | {"DATABASE_URL": f"sqlite:///{tmp_path / 'easel.db'}"}
    async with running(load(env)) as address, aiohttp.ClientSession() as http:
        async with asyncio.timeout(90):
            while True:
                async with http.get(f"{address}/readyz") as answer:
                    if answer.status == 200:
                        break

    assert company.connected == {"slack.com:443", "wss-primary.slack.com:443"}


async def test_doctor_names_the_proxy(company: Company, tmp_path: Path) -> None:
    """Doctor calls both through it and says so, without the password; where it fails, too."""
    env = USUAL | company.env | {"DATABASE_URL": f"sqlite:///{tmp_path / 'easel.db'}"}
    well = {found.what: found for found in await examine(env)}
    direct = {found.what: found for found in await examine(env | {"no_proxy": "pixapi.ai"})}
    company.forbids = True
    ill = {found.what: found for found in await examine(env)}
    by = f"through http://127.0.0.1:{company.port} (HTTPS_PROXY)"

    assert [one.what for one in well.values() if not one.well] == []
    assert well["network"].sentence == (
        f"Slack {by}; Pixapi {by}; trusted are the authorities in {company.authorities}"
    )
    assert f"Slack {by}; Pixapi directly" in direct["network"].sentence
    assert by in ill["Slack"].sentence
    assert by in ill["Pixapi"].sentence
    assert PASSWORD not in f"{well} {ill}"


async def test_a_proxy_that_refuses(company: Company) -> None:
    """What it would not connect has not left: nothing is in doubt."""
    company.forbids = True
    await reaches_nobody(network(company))

    assert company.called == []


async def test_an_authority_that_is_not_trusted(company: Company) -> None:
    """Without SSL_CERT_FILE the company's certificates are refused, by both."""
    await reaches_nobody(Network(company.proxy))

    assert company.called == []


async def reaches_nobody(ways: Network) -> None:
    """Neither a submit nor a message leaves, and both clients say so."""
    with instant():
        async with open_http(network=ways) as http:
            pixapi = PixapiClient(http, base_url="https://api.pixapi.ai", key="sk_1")
            with pytest.raises(NotSent):
                await pixapi.submit(ASK)
        async with open_slack("xoxb-1", network=ways) as slack:
            with pytest.raises(SlackDown):
                await slack.post(HERE, HELLO)


async def test_a_whole_picture_beside_a_proxy(tmp_path: Path) -> None:
    """What is on this machine is never called through a proxy, by anybody."""
    async with stage(tmp_path) as here:
        here.extra = {"HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
        await picture(here)


async def picture(here: Stage) -> None:
    """Ask for a picture and get it."""
    async with here.bot():
        await here.press(await here.ask(), "generate")
        await here.done(4)


@pytest.mark.parametrize(
    ("url", "direct", "through"),
    [
        ("https://slack.com/api/", "", True),
        ("wss://wss-primary.slack.com/link", "", True),
        ("https://slack.com/api/", "slack.com", False),
        ("https://files.slack.com/a", "slack.com", False),
        ("https://files.slack.com/a", ".slack.com", False),
        ("https://files.slack.com/a", "pixapi.ai, .slack.com", False),
        ("https://notslack.com/a", "slack.com", True),
        ("https://slack.com:8443/a", "slack.com:443", True),
        ("https://slack.com/a", "slack.com:443", False),
        ("https://slack.com/a", "*", False),
        ("https://127.0.0.1:1/a", "", False),
        ("https://localhost/a", "", False),
        ("https://[::1]/a", "", False),
        ("http://example.com/a", "", False),
    ],
)
def test_the_way(url: str, direct: str, *, through: bool) -> None:
    """NO_PROXY is read as elsewhere; this machine, and what is not encrypted, is never proxied."""
    assert (Network("http://proxy:3128", direct).way(url) is not None) is through


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ({"HTTPS_PROXY": "proxy:3128"}, "http://proxy:3128"),
        ({"https_proxy": "https://a:b@proxy"}, "https://a:b@proxy"),
        ({"HTTPS_PROXY": "http://one", "https_proxy": "http://two"}, "http://two"),
        ({"https_proxy": ""}, None),
    ],
)
def test_how_it_is_written(given: dict[str, str], found: str | None) -> None:
    """Small or large, with or without the scheme."""
    assert load(USUAL | given).network.proxy == found


def test_mistakes(tmp_path: Path) -> None:
    """A proxy of another kind and a file without certificates are told with the other mistakes."""
    (tmp_path / "no.pem").write_text("no certificate")
    given = USUAL | {"HTTPS_PROXY": "socks5://proxy", "SSL_CERT_FILE": str(tmp_path / "no.pem")}
    with pytest.raises(SettingsError) as caught:
        load(given)

    assert [line.partition(":")[0] for line in caught.value.mistakes] == [
        "HTTPS_PROXY",
        "SSL_CERT_FILE",
    ]
