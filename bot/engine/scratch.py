"""Folders for files of a moment. Those of a process that was killed are gone at the next start."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.core.errors import CannotStart

PREFIX = "easel-inputs-"


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder, gone in the end. Raises OSError when the machine has no room for it.

    It is locked for as long as it is in use: by that another process, however it sees our process
    ids and the clock, knows that it must not be cleared away.
    """
    path, lock = _made()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)  # what cannot be now, the next start clears away
        os.close(lock)


def _made() -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            lock = _locked(path)
        except OSError:
            with suppress(OSError):
                path.rmdir()
            raise
        if lock is not None and path.exists():
            return path, lock
        if lock is not None:  # a start has cleared it away just before the lock
            os.close(lock)


def place() -> Path:
    """Where folders are made. Raises `CannotStart` where this machine has no room for any."""
    try:
        return Path(tempfile.gettempdir())
    except OSError as error:
        raise CannotStart(
            "TMPDIR: nothing can be written to it, or to /tmp and /var/tmp: make room there, or "
            "set it to a folder that this user may write to"
        ) from error


def clear() -> None:
    """Clear away the folders that nobody uses any more. Raises `CannotStart`."""
    for path in place().glob(f"{PREFIX}*"):
        with suppress(OSError):
            if path.lstat().st_uid != os.geteuid() or path.is_symlink():
                continue
            lock = _locked(path)
            if lock is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(lock)


def _locked(path: Path) -> int | None:
    """A folder's lock as an open descriptor; None when somebody has it, or the folder is gone."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock
