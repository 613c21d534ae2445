"""The embedded Pixapi's work: one task per accepted request, its fate, its end and its bill.

A task ends when its time has come and somebody looks: nothing runs in the background.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from bot.demo.painter import paint as painter
from bot.demo.painter.paint import Wish
from bot.demo.pixapi.answers import ENDED, RESULT_SHAPES, place, usage
from bot.demo.pixapi.check import Ask, RefusedError
from bot.demo.pixapi.models import Size, larger

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.demo.pixapi.cdn import Cdn
    from bot.demo.pixapi.server import Call

Fate = dict[str, dict[str, Any]]
"""What was armed against a task: a fault's kind → its values."""

FATES = (
    "task_failed",
    "empty",
    "fewer",
    "more",
    "larger",
    "never",
    "vanish",
    "bad_picture",
    "cost",
    "shape",
    "unknown_status",
)


@dataclass(slots=True)
class Task:
    """One accepted request; sync calls have one too."""

    id: str
    ask: Ask
    call: Call
    made: float  # Unix seconds
    sync: bool
    fate: Fate
    state: Literal["open", "completed", "failed"] = "open"
    size: Size = (0, 0)  # pixels of its pictures, once completed
    files: list[str] = field(default_factory=list)  # names on the CDN
    credits: int = 0  # billed
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def failure(self) -> tuple[str, str]:
        """The word and message of its failure."""
        values = self.fate.get("task_failed", {})
        word = values.get("code", "internal_error")
        return str(word), str(values.get("message", "The generation failed."))


class Tasks:
    """Every task of this provider, the money they cost, and what ends them."""

    def __init__(
        self,
        cdn: Cdn,
        clock: Callable[[], float],
        *,
        seconds: float,
        plain: bool,
        balance: int | None,
    ) -> None:
        self.cdn = cdn
        self.clock = clock
        self.seconds = seconds  # that a task takes
        self.plain = plain
        self.manual = False  # tasks end only when told
        self.all: dict[str, Task] = {}
        self.next = asyncio.Event()  # set when the next task is made, then replaced
        self._balance = balance
        self._open: dict[str, Task] = {}

    @property
    def balance(self) -> int | None:
        """Credits left on the account; None is endless."""
        self.look()
        return self._balance

    @balance.setter
    def balance(self, credits_left: int | None) -> None:
        self._balance = credits_left

    @property
    def billed(self) -> int:
        """Credits charged for all tasks that have ended by now."""
        self.look()
        return sum(task.credits for task in self.all.values())

    def afford(self, ask: Ask) -> None:
        """Refuse what the account cannot pay beside the tasks that are still open."""
        balance = self.balance
        if balance is None:
            return
        if balance - sum(task.ask.estimate for task in self._open.values()) < ask.estimate:
            raise RefusedError(402, "insufficient_credits", "The account has not enough credits.")

    def make(self, ask: Ask, call: Call, fate: Fate) -> Task:
        """A new task, open."""
        task = Task(
            f"task_{secrets.token_hex(12)}", ask, call, self.clock(), call.name == "sync", fate
        )
        call.task = task.id
        self.all[task.id] = self._open[task.id] = task
        self.next.set()
        self.next = asyncio.Event()
        return task

    def look(self) -> None:
        """End every task whose time has come. Sync ones are ended by their own request."""
        now = self.clock()
        for task in list(self._open.values()):
            held = self.manual or task.sync or "never" in task.fate
            if not held and now >= task.made + self.seconds:
                self.end(task)

    def end(self, task: Task) -> None:
        """Complete or fail an open task now; completed pictures are billed by their real pixels."""
        if task.state != "open":
            return
        del self._open[task.id]
        fate = task.fate
        if ENDED.get(fate.get("unknown_status", {}).get("status", "")) == "failed":
            fate.setdefault("task_failed", {})
        if "task_failed" in fate:
            task.state = "failed"
        else:
            task.state = "completed"
            self._deliver(task)
        task.ended.set()

    def _deliver(self, task: Task) -> None:
        ask, fate = task.ask, task.fate
        count = ask.n
        if "empty" in fate:
            count = 0
        elif "fewer" in fate:
            count = fate["fewer"].get("n", ask.n - 1)
        elif "more" in fate:
            count = fate["more"].get("n", ask.n + 1)
        task.size = larger(ask.size) if "larger" in fate else ask.size
        task.files = [self._file(task, index) for index in range(count)]
        task.credits = count * ask.model.price(task.size, ask.quality)
        task.call.credits = task.credits
        if self._balance is not None:
            self._balance -= task.credits

    def _file(self, task: Task, index: int) -> str:
        ask = task.ask
        wish = Wish(ask.prompt, task.size, ask.quality, index)
        if self.plain:
            paint = partial(painter.plain, wish)
        elif ask.images:
            paint = partial(painter.edit, wish, ask.images, ask.mask)
        else:
            paint = partial(painter.paint, wish)
        bad = task.fate.get("bad_picture", {})
        spoilt = bad.get("only", index) == index
        return self.cdn.add(paint, task.id, bad.get("kind") if spoilt else None)

    def refresh(self, task: Task) -> None:
        """Give files whose addresses are gone for good new ones."""
        task.files = [
            name if name in self.cdn.files else self._file(task, index)
            for index, name in enumerate(task.files)
        ]

    async def result(self, task: Task, shape: str | None) -> dict[str, Any]:
        """The body of a completed task, or of a sync answer, without id and status."""
        ask = task.ask
        shape = shape or ("b64" if ask.b64 else "data")
        if shape not in RESULT_SHAPES:
            raise ValueError(f"no such shape: {shape}")
        self.refresh(task)
        inside = shape.startswith("b64")
        pictures = [await self.cdn.data(name) for name in task.files] if inside else []
        addresses = [self.cdn.address(name) for name in task.files]
        body: dict[str, Any] = {"created": int(task.made)}
        if task.fate.get("empty", {}).get("whole"):
            return body
        body |= place(shape, addresses, pictures, ask.prompt)
        body |= {"size": f"{task.size[0]}x{task.size[1]}", "costCredits": task.credits}
        if ask.model.gpt:
            body |= {
                "quality": ask.quality,
                "usage": usage(ask.prompt, len(ask.images), len(task.files)),
            }
        if "cost" in task.fate:
            body["costCredits"] = task.fate["cost"]["credits"]
            if body["costCredits"] is None:
                del body["costCredits"]
        return body

    def state(self, task: Task, odd: str | None) -> dict[str, Any]:
        """Id and status of a task; `odd` is an undocumented word for the state it belongs to."""
        status: str = task.state
        if status == "open":
            early = self.clock() < task.made + self.seconds / 4
            status = "queued" if early and not self.manual else "processing"
        belongs = ENDED.get(odd or "", "open")
        if odd is not None and belongs == task.state:
            status = odd
        body = {"id": task.id, "status": status, "model": task.ask.model.id}
        if task.state == "failed":
            word, message = task.failure
            error = {"code": word, "message": message, "type": word}
            plain = task.fate["task_failed"].get("as_string")
            return body | {"error": message if plain else error}
        return body
