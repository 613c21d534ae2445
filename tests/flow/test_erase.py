"""`easel erase --person`: a person's words are gone at once, on both databases; amounts stay."""

from __future__ import annotations

from bot.demo.slack.model import TEAM_ID
from bot.demo.slack.seed import ADA, DESIGN, MIA, NOAH
from bot.store.tables import metadata
from tests.flow.admins import asked, click, letter
from tests.flow.shell import easel
from tests.flow.stage import Stage, text_of
from tests.flow.talk import png, say
from tests.postgres import BOTH

pytestmark = BOTH
WORD = "zebra"  # in all that Mia types
RUNNING = "SELECT count(*) FROM jobs WHERE state = 'running'"
OVER = "SELECT count(*) FROM jobs WHERE state = 'done' AND pending_step IS NULL"


async def places(stage: Stage) -> set[tuple[str, str]]:
    """Where Mia's word stands: table and, of jobs, their state."""
    found = set()
    for table in metadata.tables:
        for row in await stage.rows(f'SELECT * FROM "{table}"'):  # noqa: S608 -- ours
            if WORD in str(row):
                found.add((table, row[3] if table == "jobs" else ""))
    return found


async def typed(stage: Stage) -> None:
    """Mia types everywhere: a reason, and the prompts of a picture, an edit and an offer."""
    granted = await asked(stage, f"a {WORD} --quality high", reason=f"the {WORD} launch")
    await click(stage, granted, "grant_once")
    await letter(stage, "granted 4 credits", user=MIA)
    await stage.press(await stage.ask(f"a {WORD} at dawn --draft"), "generate")
    root = await stage.done(1)
    await say(stage, f"the {WORD} by night --draft", (f"{WORD}.png", png()), under=root)
    await stage.ws.until(lambda: stage.ws.ephemerals(MIA, root.channel)[-1].thread_ts == root.ts)
    await stage.press(stage.ws.ephemerals(MIA, root.channel)[-1], "generate")
    await stage.until_rows(OVER, 2)
    await stage.ask(f"an open {WORD} --draft")


async def test_all_that_somebody_typed(stage: Stage) -> None:
    """Prompts, inputs and reasons are gone, offers withdrawn, the export as before.

    What is on its way is named, and gone when it is called again; others' words stay.
    """
    stage.extra = {"EASEL_DEFAULT_CHANNEL_CAP": "10"}
    async with stage.bot():
        await typed(stage)
        await stage.ask("a lion --draft", user=NOAH)
        stage.pixapi.manual = True
        await stage.press(await stage.ask(f"a running {WORD} --draft"), "generate")
        await stage.until_rows(RUNNING, 1)
        before = await easel(stage, "export")

        assert await places(stage) >= {
            ("grants", ""), ("approval_requests", ""),
            ("jobs", "done"), ("jobs", "offered"), ("jobs", "running"),
        }  # fmt: skip

        done = await easel(stage, "erase", "--person", MIA)

        assert (done.status, done.err) == (1, "")
        assert done.out.startswith(f"{TEAM_ID}: erased; amounts stay. Requests without words now: ")
        assert "\nNot erased yet, as they are on their way" in done.out
        assert [line.split()[1] for line in done.out.splitlines()[3:]] == ["running"]
        assert WORD not in done.out
        assert await places(stage) == {("jobs", "running")}
        assert await stage.rows("SELECT prompt, state FROM jobs WHERE prompt LIKE '%lion%'")
        assert await stage.rows("SELECT count(*) FROM jobs WHERE state = 'offered'") == [(1,)]
        assert (await easel(stage, "export")).out == before.out

        told = await letter(stage, "Granted 4 credits by")
        await stage.ws.until(lambda: WORD not in text_of(told))
        [(task,)] = await stage.rows("SELECT task FROM jobs WHERE state = 'running'")
        stage.pixapi.finish(task)
        await stage.until_rows(OVER, 3)
        again = await easel(stage, "erase", "--person", MIA, "--team", TEAM_ID)

        assert again.status == 0
        assert await places(stage) == set()


async def test_an_open_request_is_withdrawn(stage: Stage) -> None:
    """Admins see that it was taken back, and cannot decide it; an admin's own words go as well."""
    stage.extra = {"EASEL_DEFAULT_CHANNEL_CAP": "10"}
    async with stage.bot():
        message = await asked(stage, f"a {WORD} --quality high", reason=f"the {WORD} launch")
        await easel(stage, "erase", "--person", MIA)
        await stage.ws.until(lambda: WORD not in text_of(message))

        assert await stage.rows("SELECT outcome, why FROM approval_requests") == [("withdrawn", "")]
        assert await places(stage) == set()

        await easel(stage, "quota", "grant", DESIGN, "5", "--reason", f"a {WORD}")
        await stage.write(f"UPDATE grants SET giver = '{ADA}'")  # noqa: S608 -- ours
        done = await easel(stage, "erase", "--person", ADA)

        assert done.out == (
            f"{TEAM_ID}: erased; amounts stay. Requests without words now: 0. Reasons: 1.\n"
        )
        assert await places(stage) == set()


async def test_nobody_and_nowhere(stage: Stage) -> None:
    """A person who typed nothing is said to have; what is no person or workspace is a mistake."""
    async with stage.bot():
        nobody = await easel(stage, "erase", "--person", "U0NOBODY")
        no_person = await easel(stage, "erase", "--person", "everybody")
        nowhere = await easel(stage, "erase", "--person", MIA, "--team", "TNONE")

        assert nobody.out == "U0NOBODY has typed nothing that is in this database.\n"
        assert [one.status for one in (nobody, no_person, nowhere)] == [0, 2, 2]
        assert "is no person. Write a member's id" in no_person.err
