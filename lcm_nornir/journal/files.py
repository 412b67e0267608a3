"""The file of a store: our own, for nobody else to read, by one name, on a disk of this machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from shlex import quote

from lcm_nornir.errors import RequestError
from lcm_nornir.journal.refusals import damaged, refusal

_NETWORK = ("nfs", "cifs", "smb", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.gluster", "davfs", "9p")
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def fresh_prefix(path: Path) -> str:
    """Give how the name begins under which a new store is made, beside the place that it is to have."""
    return f".{path.name}-"


def found_at(path: Path) -> os.stat_result:
    """Look at the file of a store.

    Raises:
        RequestError: There is none, or it cannot be reached.
    """
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise refusal(path, "there is no store", "name the one that the run had") from error
    except OSError as error:
        cure = "see that you may enter its folder, or name another place"
        raise refusal(path, f"it cannot be reached: {error.strerror}", cure) from error


def check_file(path: Path, *, write: bool) -> None:
    """Refuse a file that is not to be used as a store; what a crash left of its making is removed, if we may write.

    It is not opened here: by closing it again this process would lose its locks on the file (fcntl has it so), also
    those that SQLite holds for a store that is open, and another process would remove the log under it.

    Args:
        path: As `place_of` gives it.
        write: Whether it is to be written.

    Raises:
        RequestError: There is none, others can read it, it has another name, or it cannot be written.
    """
    found = found_at(path)
    if not stat.S_ISREG(found.st_mode):
        raise refusal(path, "it is no file", f"name one, e.g. {path / 'lcm.db'}")
    if found.st_mode & _OPEN_TO_OTHERS:
        raise refusal(path, "others can read this file", f"run: chmod 600 {quote(str(path))}")
    if found.st_nlink > 1:
        _check_names(path, found, write=write)
    if not found.st_size:
        raise damaged(path, "it is no SQLite file")
    if write:
        _check_writable(path)


def _check_names(path: Path, found: os.stat_result, *, write: bool) -> None:
    """Refuse a file with another name: a log and signs of life would lie beside each."""
    try:
        left = [one for one in path.parent.iterdir() if one.name.startswith(fresh_prefix(path)) and _is(one, found)]
        names = path.stat().st_nlink - len(left)  # after the look: who makes it right now takes his name away
        for one in left if write else ():
            one.unlink(missing_ok=True)
    except OSError as error:
        raise refusal(path, f"it has another name, too (hard link): {error}", "remove the other name") from error
    if names > 1:
        cure = f"remove the other (find DISK -samefile {quote(str(path))}), or name another store"
        raise refusal(path, "it has another name, too (hard link)", cure)


def _is(one: Path, found: os.stat_result) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(one.lstat(), found)
    return False


def _check_writable(path: Path) -> None:
    ids = os.access in os.supports_effective_ids
    for one in (path.parent, path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if one.exists() and not os.access(one, os.W_OK, effective_ids=ids):
            raise unwritable(path, f"{one.name} is read-only")


def unwritable(path: Path, what: str) -> RequestError:
    """Give the refusal of a store that cannot be written."""
    folder, files = quote(str(path.parent)), quote(str(path))
    return refusal(
        path,
        f"it cannot be written ({what})",
        f"run: chmod u+rwx {folder} && chmod u+w {files}*, or name a store on a disk that can be written",
    )


def refuse_network(path: Path, mounts: Iterable[tuple[str, str]] | None = None) -> None:
    """Refuse a place on a network file system: there SQLite's locks cannot be trusted.

    Args:
        path: Of the store.
        mounts: Mount point and type of each file system; this machine's if not given.

    Raises:
        RequestError: It is on one.
    """
    if mounts is None:
        from psutil import disk_partitions  # noqa: PLC0415 - heavy

        mounts = [(one.mountpoint, one.fstype) for one in disk_partitions(all=True)]
    place = path.resolve().parent
    holding = [(point, kind) for point, kind in mounts if place.is_relative_to(point)]
    point, kind = max(holding, key=lambda one: len(one[0]), default=("", ""))
    if kind.lower().startswith(_NETWORK):
        raise refusal(path, f"{point} is a network file system ({kind})", "name a place on a disk of this machine")
