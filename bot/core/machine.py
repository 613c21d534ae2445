"""What the operating system says of a file, in words."""

from __future__ import annotations

import errno
from pathlib import PurePath


def of_the_system(error: OSError, file: PurePath) -> str:
    """Why a file cannot be used, by the operating system's error, and what to do about it."""
    folder = file.parent
    match error.errno:
        case errno.ENOENT:
            return f"there is no folder {folder}: create it, or name another"
        case errno.ENOTDIR:
            return f"{folder} is not a folder: name another"
        case errno.EISDIR:
            return f"{file} is a folder: name a file in it"
        case errno.EACCES | errno.EPERM:
            return (
                f"this user may not write in the folder {folder}, or not to {file.name} there: "
                "give it leave, or name another"
            )
        case errno.EROFS:
            return f"the folder {folder} is read-only: let it be written, or name another"
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return f"the disk with the folder {folder} is full: make room, or name another"
        case errno.ENAMETOOLONG:
            return f"the file's name is too long for the folder {folder}: choose a shorter one"
        case errno.EMFILE | errno.ENFILE:
            return "this process may open no more files: raise the limit (ulimit -n)"
        case _:
            return f"{file} cannot be used ({error.strerror}): name another"
