"""`easel demo` as a person starts it."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import aiohttp


async def test_the_demo_opens_and_stops(tmp_path: Path) -> None:
    """Without any configuration it prints its page's address, serves it, and stops on SIGTERM."""
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "demo",
        "--port",
        "0",
        stdout=asyncio.subprocess.PIPE,
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[1])},
    )
    try:
        assert demo.stdout is not None
        line = (await asyncio.wait_for(demo.stdout.readline(), 90)).decode()
        address = line.split()[-1]
        async with aiohttp.ClientSession() as http, http.get(address) as page:
            assert page.status == 200
            assert "<!doctype html>" in (await page.text()).lower()
        demo.send_signal(signal.SIGTERM)

        assert await asyncio.wait_for(demo.wait(), 90) == 0
        assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.wait()
