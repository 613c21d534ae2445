"""What people write in a thread, and what comes of it."""

from __future__ import annotations

import io

from PIL import Image

from bot.demo.slack.model import Message
from bot.demo.slack.seed import DESIGN, MIA
from tests.flow.stage import FOX, Stage, text_of


def png(shade: int = 0, *, alpha: bool = False) -> bytes:
    """A small picture without metadata; each shade is another one."""
    made = Image.new("RGBA" if alpha else "RGB", (64, 64), (shade, 80, 160))
    if alpha:
        made.putalpha(0)
    data = io.BytesIO()
    made.save(data, "PNG")
    return data.getvalue()


async def result(stage: Stage, *, user: str = MIA) -> Message:
    """A picture made with `/image`; its root message once the file is in the thread."""
    shared = stage.shares()
    await stage.press(await stage.ask(f"{FOX} --draft", user=user), "generate")
    root = await stage.done(1)
    await stage.ws.until(lambda: stage.shares() == shared + 1)
    return root


async def say(
    stage: Stage,
    text: str,
    *files: tuple[str, bytes],
    under: Message | None = None,
    user: str = MIA,
    channel: str = DESIGN,
) -> Message:
    """Write a message or a reply with files attached."""
    ids = [(await stage.ws.upload(user, name, data)).id for name, data in files]
    thread = under.ts if under else None
    return await stage.ws.send(user, channel, text, thread_ts=thread, files=ids)


async def landed(stage: Stage, root: Message, like: str) -> Message:
    """Wait for the bot's root message of an edit in a thread, done."""

    def found() -> Message | None:
        for one in stage.ws.messages(root.channel, thread_ts=root.ts)[1:]:
            if one.user == stage.ws.bot_user_id and like in text_of(one) and "Done" in text_of(one):
                return one
        return None

    message = await stage.ws.until(found)
    assert message is not None
    return message


async def job(stage: Stage, columns: str) -> tuple[object, ...]:
    """The newest job's columns."""
    return (await stage.rows(f"SELECT {columns} FROM jobs ORDER BY created DESC"))[0]  # noqa: S608 -- ours
