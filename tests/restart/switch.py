"""The switch at each outside call: all are seen, and at one of them the process dies."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from bot.demo.faults import Faults, Gate

Side = Literal["before", "after"]
SIDES: tuple[Side, Side] = ("before", "after")

STARTING = {"auth.test", "apps.connections.open"}  # what every start asks, job or no job


@dataclass(frozen=True, slots=True)
class Point:
    """Where the process dies: at the so-manieth call of this name, before or after its effect.

    An empty name is any call.
    """

    call: str
    number: int
    side: Side

    def __str__(self) -> str:
        return f"{self.call or 'call'}-{self.number}-{self.side}"


class _Never(Gate):
    """Holds a call before its effect, which it never has."""

    async def hold(self) -> None:
        """Until the process is dead: then the server drops it."""
        await super().hold()
        raise asyncio.CancelledError


class Switch(Faults):
    """Sees every call that the app makes while it watches, and holds it at one point.

    What is held before its effect never takes effect; and once the point is reached no other call
    takes effect any more, so that nothing depends on how fast the process is killed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.reached = asyncio.Event()
        self._point: Point | None = None
        self._watching = False
        self._held: list[Gate] = []

    def watch(self, point: Point | None = None) -> None:
        """From now on: calls are seen, and held at this point."""
        self.seen, self._point, self._watching = [], point, True
        self.reached = asyncio.Event()

    def rest(self) -> None:
        """The process is dead: nothing is seen any more, and what was held is let go."""
        self._watching = False
        for gate in self._held:
            gate.opened.set()
        self._held.clear()

    def take(self, kind: str, call: str) -> dict[str, Any] | None:
        """Each call asks once whether it is held: here it is seen."""
        if kind != "gate" or ":" in call or call in STARTING or not self._watching:
            return super().take(kind, call)
        if self.reached.is_set():
            return self._hold(_Never(), "before")
        name = self._name(call)
        self.seen.append(name)
        here = self._point
        if here is None or here.call not in {"", name}:
            return super().take(kind, call)
        if here.number != (self.seen.count(name) if here.call else len(self.seen)):
            return super().take(kind, call)
        gate = _Never if here.side == "before" else Gate
        return self._hold(gate(reached=self.reached), here.side)

    def _hold(self, gate: Gate, side: Side) -> dict[str, Any]:
        self._held.append(gate)
        return {"gate": gate, "when": side}

    def _name(self, call: str) -> str:
        """Edits before the pictures are shared are progress, which nobody waits for."""
        shared = "files.completeUploadExternal" in self.seen
        return "progress" if call == "chat.update" and not shared else call
