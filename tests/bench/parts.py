"""The parts of a run that ask one Easel beside its references, round by round."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import ssl
import sys
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

import trustme
from aiohttp import web
from PIL import Image

from bot.core.errors import EaselError
from bot.demo.painter import paint
from tests.bench.common import (
    EASEL,
    HERE,
    LAGGED,
    OPEN,
    RUNNING,
    Burst,
    Clicker,
    Scale,
    Watched,
    clicks,
    commands,
    confirm,
    database,
    databases,
    easel,
    named,
    percentile,
    running,
    until_rows,
    world,
)
from tests.bench.load import Fired, Orders, fire, signed
from tests.bench.rows import Row
from tests.flow.stage import Stage
from tests.restart.process import free_port

CARD = '"generate'  # what the acknowledgement of /image contains
BARE, BOLT, NODE = "bare ASGI", "Bolt", "JavaScript Bolt"
REFERENCES = str(HERE / "references.py")
RATES = (50, 200)  # a second
MB = 1_000_000
OFFERED = "SELECT count(*) FROM jobs WHERE state = 'offered'"
LOST = 60_000.0  # milliseconds, where there was no good answer at all


def servers() -> dict[str, tuple[str, ...]]:
    """The commands that start what acknowledges `/image` and does nothing else."""
    known = {BARE: (sys.executable, REFERENCES, "bare"), BOLT: (sys.executable, REFERENCES, "bolt")}
    node, bolt = shutil.which("node"), HERE.parent / "node_modules" / "@slack" / "bolt"
    return known | ({NODE: (node, str(HERE / "bolt.mjs"))} if node and bolt.is_dir() else {})


async def used(*arguments: object) -> float:
    """What a reference says it used: CPU seconds for each."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, REFERENCES, *map(str, arguments)), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    return float(json.loads(printed)["cpu"])


# 1 to 4: cards


async def cards(scale: Scale) -> list[Row]:
    """`/image` to its card, beside what only acknowledges: calm, busy, as many as there can be."""
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(world())
        found = Cards(stage, await commands(stage, scale.commands), scale.seconds)
        for kind in databases():
            here = replace(stage, database=stack.enter_context(database(kind)))
            process = await stack.enter_async_context(easel(here))
            found.ours[kind], found.ports[kind] = (here, process), process.port
        for name, command in servers().items():
            process = await stack.enter_async_context(
                running(*command, env=stage.env, port=free_port())
            )
            found.ports[name] = process.port
            await answering(stage, process.port, found.bodies[0])
        for name in found.ports:
            await found.round(name)  # fills caches
        found.figures.clear()
        for _ in range(scale.rounds):
            for name in found.ports:
                await found.round(name)
    return [row for kind in found.ours for row in found.rows(kind)]


@dataclass(slots=True)
class Cards:
    """Who is asked for cards, and what came of it."""

    stage: Stage
    bodies: list[str]
    seconds: float
    ours: dict[str, tuple[Stage, Watched]] = field(default_factory=dict)  # by database
    ports: dict[str, int] = field(default_factory=dict)  # of all, by name
    figures: dict[str, dict[str, list[float]]] = field(default_factory=dict)  # by what, by name

    async def round(self, name: str) -> None:
        """Ask one of them, calmly, often, and as often as it can."""
        for rate in RATES:
            fired = await self._fire(name, rate)
            self._note(f"p50 {rate}", name, percentile(fired.took or [LOST], 50))
        if name != BARE:
            fired = await self._fire(name, 0)
            self._note("most", name, fired.good / (fired.ended - fired.began))

    async def _fire(self, name: str, rate: int) -> Fired:
        seconds = self.seconds if rate == RATES[0] else self.seconds / 2
        secret = self.stage.ws.signing_secret
        orders = Orders(self.ports[name], secret, self.bodies, rate=rate, seconds=seconds)
        if name not in self.ours:
            return await fire(orders)
        orders.mark, (stage, process) = CARD, self.ours[name]
        [(before,)], cpu = await stage.rows(OFFERED), process.cpu()
        fired = await fire(orders)
        cpu = process.cpu() - cpu
        [(after,)] = await stage.rows(OFFERED)
        if after - before < fired.good:
            raise EaselError("there are cards that are not on disk")
        if rate == RATES[1]:
            self._note("carded", name, 100 * fired.good / (fired.good + fired.bad))
            self._note("cpu", name, 1000 * cpu / max(fired.good, 1))
        return fired

    def _note(self, what: str, name: str, value: float) -> None:
        self.figures.setdefault(what, {}).setdefault(name, []).append(value)

    def rows(self, kind: str) -> Iterator[Row]:
        """What came of it on one database."""
        end, skipped = named(kind), {*self.ours, NODE if kind != "sqlite" else ""}
        others = [name for name in self.ports if name not in skipped]
        for number, rate in enumerate(RATES, 1):
            goals = {BARE: 5.0} | ({BOLT: 0.35} if rate == RATES[0] else {})
            took, what = self.figures[f"p50 {rate}"], f"/image → card on disk, {rate}/s, p50{end}"
            for name in others:
                yield Row(number=number, what=what, ours=took[kind], beside=name,
                          reference=took[name], most=goals.get(name))  # fmt: skip
        carded = self.figures["carded"][kind]
        what = f"of {RATES[1]}/s answered by a card{end}"
        yield Row(number=2, what=what, ours=carded, unit="%", least=100)
        most, goals = self.figures["most"], {BOLT: 0.25} if kind == "sqlite" else {}
        for name in others:
            if name != BARE:
                yield Row(number=3, what=f"most cards on disk a second{end}", ours=most[kind],
                          unit="/s", beside=name, reference=most[name],
                          least=goals.get(name))  # fmt: skip
        yield Row(number=4, what=f"CPU of a card{end}", ours=self.figures["cpu"][kind], most=2)


async def answering(stage: Stage, port: int, body: str) -> None:
    """Wait until a server answers a signed request by 200: some connections may be refused."""
    [request] = signed(Orders(port, stage.ws.signing_secret, [body]))
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request)
                line = await reader.readline()
                writer.close()
                if line.split()[1:2] == [b"200"]:
                    return
            await asyncio.sleep(0.002)


# 4 to 6: clicks


def png(size: int) -> bytes:
    """A flat square of 1,024 pixels and so many bytes: most in a chunk that nobody reads."""
    out = io.BytesIO()
    Image.new("P", (1024, 1024)).save(out, "png")
    small = out.getvalue()
    inside = b"prVt" + os.urandom(max(size - len(small) - 12, 0))
    length, check = (number.to_bytes(4, "big") for number in (len(inside) - 4, zlib.crc32(inside)))
    return small[:-12] + length + inside + check + small[-12:]


@asynccontextmanager
async def _pictured(
    pictures: list[bytes], program: tuple[str, ...], kind: str = "sqlite"
) -> AsyncIterator[Clicker]:
    """Easel, and a Pixapi that draws the last of these."""
    with patch.object(paint, "plain", lambda _: pictures[-1]):
        settings = {"EASEL_MAX_CONCURRENT_JOBS": 1000}
        async with world(kind) as stage, easel(stage, program, **settings) as process:
            yield Clicker(stage, process)


async def bursts(scale: Scale) -> list[Row]:
    """Many clicks at once, and one alone: alone with Easel, and beside tasks that take long."""
    return [row for kind in databases() for row in await _bursts(scale, kind)]


async def _bursts(scale: Scale, kind: str) -> list[Row]:
    found: dict[int, list[Burst]] = defaultdict(list)
    alone: dict[int, list[float]] = defaultdict(list)
    async with _pictured([png(0)], EASEL, kind) as crowd:
        stage = crowd.stage
        await crowd.click(1)  # loads what the first one needs
        for _ in range(max(scale.rounds // 2, 1)):
            for number in scale.burst:
                found[number].append(await crowd.click(number))
        for beside in (0, *scale.burst):
            if more := beside - crowd.staying:
                stage.faults.arm("never", "submit", times=more)
                await confirm(stage, more)
                await until_rows(stage, RUNNING, beside)
            crowd.staying = beside
            for _ in range(2 * scale.rounds):
                alone[beside].append(1000 * (await crowd.click(1)).seconds)
    end, most = named(kind), scale.burst[-1]
    rows = [
        Row(number=4, what=f"CPU of a job, click → done{end}", most=10, alone=True,
            ours=[burst.cpu for burst in found[most]], beside="the embedded servers",
            reference=[burst.servers for burst in found[most]])
    ]  # fmt: skip
    for number, bursts in found.items():
        what, rates = f"{number} clicks at once", [one.pictures / one.seconds for one in bursts]
        shares = [100 * one.pictures / number for one in bursts]
        rows += [
            Row(number=5, what=f"{what}, jobs a second{end}", ours=rates, unit="/s", least=120),
            Row(number=5, what=f"{what}, with a picture{end}", ours=shares, unit="%", least=100),
        ]
    usual = alone.pop(0)
    rows.append(Row(number=6, what=f"click → picture, alone{end}", ours=usual, most=60))
    rows += [
        Row(number=6, what=f"the same beside {beside} tasks{end}", ours=times, beside="alone",
            reference=usual, most=1.5)
        for beside, times in alone.items()
    ]  # fmt: skip
    return rows


# 7 to 9: large pictures


async def passing(scale: Scale) -> list[Row]:
    """Acknowledgements while large pictures pass: how late, and whether the loop stands still."""
    idle: list[float] = []
    busy: list[float] = []
    stalls: list[float] = []
    async with _pictured([png(scale.picture)], LAGGED) as here:
        stage, process = here.stage, here.process
        asks = await commands(stage, scale.commands)
        await here.click(1)

        async def p95() -> float:
            orders = Orders(process.port, stage.ws.signing_secret, asks, CARD, RATES[0])
            orders.seconds = 2 * scale.seconds
            return percentile((await fire(orders)).took, 95)

        for _ in range(scale.rounds):
            idle.append(await p95())
            pictures = await clicks(stage, round(4 * scale.seconds) or 1)
            orders = Orders(process.port, stage.ws.signing_secret, pictures, rate=2)
            wanted, began = here.shared.count + len(pictures), time.monotonic()
            found, _ = await asyncio.gather(p95(), fire(orders))
            busy.append(found)
            await here.shared.until(wanted)
            late = await process.lags(began, time.monotonic())
            stalls.append(float(sum(lag > 50 for lag in late)))
    what = f"acks at {RATES[0]}/s while two pictures of {scale.picture // MB} MB a second pass, p95"
    return [
        Row(number=7, what=what, ours=busy, beside="idle", reference=idle, most=4),
        Row(number=7, what="the loop late by over 50 ms", ours=stalls, unit="times", most=0),
    ]


async def memory(scale: Scale) -> list[Row]:
    """What many large results at once take, and whether it is given back."""
    size, number = scale.picture, scale.pictures
    async with _pictured([png(size)], EASEL) as here:
        await here.click(3)
        stage, process = here.stage, here.process
        stage.pixapi.manual = True
        await confirm(stage, number)
        await until_rows(stage, RUNNING, number)
        rest = process.status("VmRSS")
        process.forget_peak()
        stage.pixapi.manual = False
        await here.shared.until(3 + number)
        await until_rows(stage, OPEN, 0)
        await asyncio.sleep(1)
        peak, after = process.status("VmHWM"), process.status("VmRSS")
    share = 100 * (peak - rest) * 1024 * 1024 / (size * number)
    what = f"memory for {number} results of {size // MB} MB at once, of their bytes"
    return [
        Row(number=8, what=what, ours=[share], unit="%", most=5),
        Row(number=8, what="more than before when all are delivered", ours=[after - rest],
            unit="MB", most=size / MB),
    ]  # fmt: skip


async def bytes_of_pictures(scale: Scale) -> list[Row]:
    """CPU that a large picture takes more than a small one, beside a copy from socket to socket."""
    small, large = png(0), png(scale.picture)
    found: dict[str, list[float]] = defaultdict(list)
    pictures = [small]
    number = 5
    async with _pictured(pictures, EASEL) as here:

        async def cpu() -> float:
            return (await here.click(number)).cpu

        await here.click(1)
        for _ in range(scale.rounds):
            pictures[:] = [small]
            usual = await cpu()
            pictures[:] = [large]
            found["by URL"].append(await cpu() - usual)
            inline = here.stage.faults.arm("shape", "poll", times=None, shape="b64")
            found["as base64"].append(await cpu() - usual)
            here.stage.faults.disarm(inline)
            found["copy"].append(1000 * await used("copy", len(large), 4 * number))
    return [
        Row(number=9, what=f"CPU of a picture of {scale.picture // MB} MB {how}", ours=found[how],
            beside="raw copy", reference=found["copy"], most=most)
        for how, most in (("by URL", 6), ("as base64", 15))
    ]  # fmt: skip


# 11 and 12


async def calls(scale: Scale) -> list[Row]:
    """CPU of a call to Slack over TLS, beside the SDK's client without a shared session."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "permalink": "https://acme.slack.com/1"})

    authority, tls = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(tls)
    site = web.Application()
    site.router.add_route("*", "/api/{method}", answer)
    runner = web.AppRunner(site, access_log=None)
    found: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        pem = Path(folder, "ca.pem")
        authority.cert_pem.write_to_path(str(pem))
        await runner.setup()
        await web.TCPSite(runner, "localhost", 0, ssl_context=tls).start()
        address = f"https://localhost:{runner.addresses[0][1]}/api/"
        for _ in range(scale.rounds):
            for how in ("shared", "alone"):
                cpu = await used("calls", how, address, pem, scale.calls)
                found[how].append(1000 * cpu)
        await runner.cleanup()
    beside, reference = "SDK without session", found["alone"]
    return [
        Row(number=11, what="CPU of a Slack call over TLS", ours=found["shared"], beside=beside,
            reference=reference, most=0.4)
    ]  # fmt: skip


async def starts(scale: Scale) -> list[Row]:
    """How soon a process answers Slack, and what it holds when nothing happens."""
    took: dict[str, list[float]] = defaultdict(list)
    held: dict[str, list[float]] = defaultdict(list)
    async with world() as stage:
        [body] = await commands(stage, 1)
        command = {"ours": (sys.executable, *EASEL)} | servers()
        del command[BARE]
        for _ in range(min(scale.rounds, 3)):
            for name in command:
                began = time.perf_counter()
                await _start(stage, command[name], body, began, took[name], held[name])
    rows = []
    for name in list(took)[1:]:
        goals = (2.0, 1.6) if name == BOLT else (None, None)
        rows += [
            Row(number=12, what="spawn → first signed 200", ours=took["ours"], beside=name,
                reference=took[name], most=goals[0]),
            Row(number=12, what="idle memory", ours=held["ours"], unit="MB", beside=name,
                reference=held[name], most=goals[1]),
        ]  # fmt: skip
    return rows


async def _start(
    stage: Stage,
    command: tuple[str, ...],
    body: str,
    began: float,
    took: list[float],
    held: list[float],
) -> None:
    async with running(*command, env=stage.env, folder=stage.folder, port=free_port()) as process:
        await answering(stage, process.port, body)
        took.append(1000 * (time.perf_counter() - began))
        await asyncio.sleep(1.5)
        held.append(process.status("VmRSS"))
