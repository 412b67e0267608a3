"""A store has one place, by whichever name it is called, on a disk of this machine, for us to write."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lcm_nornir import Reading, Store
from lcm_nornir.errors import JournalFailed, OwnedElsewhere, RequestError
from lcm_nornir.journal.files import refuse_network
from tests.journal.stores import ADDRESS, begun, content, filled, owned

NOBODY = 65534
OPENERS = pytest.mark.parametrize("open_it", [Store, Reading.at], ids=["to write", "to read"])


@pytest.fixture
def links(path: Path, tmp_path: Path) -> dict[str, Path]:
    """Other names of the place of a store."""
    path.parent.mkdir(mode=0o700)
    (tmp_path / "link.db").symlink_to(path)
    (tmp_path / "link").symlink_to(path.parent)
    return {"of the file": tmp_path / "link.db", "of its folder": tmp_path / "link" / path.name}


@pytest.mark.parametrize("kind", ["of the file", "of its folder"])
def test_a_link_makes_no_second_store(path: Path, links: dict[str, Path], kind: str) -> None:
    with Store(links[kind]) as store:
        job = begun(store)
        assert store.place == path
    with Reading.at(links[kind]) as reading:
        assert reading.place == path
        assert reading.jobs() == (job,)
    assert path.is_file()
    assert not path.is_symlink()


@pytest.mark.parametrize("kind", ["of the file", "of its folder"])
def test_N1_by_whichever_name_it_is_called_an_owner_is_seen_to_live(
    path: Path, links: dict[str, Path], kind: str
) -> None:
    with Store(path) as store, Store(links[kind]) as other:
        job = begun(store)
        with owned(store, job):
            owner = other.owner(job)
            assert owner is not None
            assert owner.alive
            rival = other.own(begun(other))
            with pytest.raises(OwnedElsewhere, match="works on it"):
                rival.take([ADDRESS])
            rival.give_back()


def test_a_store_is_found_from_home_and_from_here(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(path).close()
    monkeypatch.setenv("HOME", str(path.parent))
    monkeypatch.chdir(path.parent)
    for name in (f"~/{path.name}", path.name):
        with Store(name) as store, Reading.at(name) as reading:
            assert store.place == reading.place == path


@OPENERS
def test_a_name_that_leads_nowhere_is_refused(tmp_path: Path, open_it: Callable[[str], Any]) -> None:
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    for name in ("~no-such-user/lcm.db", str(tmp_path / "itself")):
        with pytest.raises(RequestError) as caught:
            open_it(name)
        assert caught.value.field == "--store"


@OPENERS
def test_a_file_with_two_names_is_refused_by_each_of_them(
    path: Path, tmp_path: Path, open_it: Callable[[Path], Any]
) -> None:
    with Store(path) as store:
        filled(store)
    other = tmp_path / "other.db"
    os.link(path, other)
    before = content(path.parent)
    for name in (path, other):
        with pytest.raises(RequestError, match=r"it has another name, too \(hard link\)") as caught:
            open_it(name)
        assert f"find DISK -samefile {name}" in caught.value.cure
    assert content(path.parent) == before
    other.unlink()
    open_it(path).close()


def test_a_name_like_that_of_one_in_the_making_hides_no_second_name(path: Path) -> None:
    Store(path).close()
    (path.parent / f".{path.name}-link").symlink_to(path)
    os.link(path, path.parent / "other.db")
    with pytest.raises(RequestError, match="another name"):
        Store(path)


ANOTHER = "import sys; from lcm_nornir import Store; Store(sys.argv[1]).close()"


def test_F54_opening_it_again_in_this_process_lets_nobody_take_the_log_away(path: Path) -> None:
    with Store(path) as store:
        first = begun(store)
        Reading.at(path).close()
        subprocess.run([sys.executable, "-c", ANOTHER, path], check=True)  # the last to close it removes the log
        second = begun(store)
        looked = "import sys; from lcm_nornir import Reading; print(len(Reading.at(sys.argv[1]).jobs()))"
        told = subprocess.run([sys.executable, "-c", looked, path], check=True, capture_output=True, text=True)
        assert told.stdout == "2\n"
    with Reading.at(path) as reading:
        assert reading.jobs() == (first, second)


@pytest.mark.parametrize("kind", ["nfs4", "nfs", "cifs", "smb3", "fuse.sshfs", "9p", "NFS"])
def test_F58_a_network_file_system_is_refused(tmp_path: Path, kind: str) -> None:
    mounts = [("/", "ext4"), (str(tmp_path), kind), (str(tmp_path / "local"), "xfs"), ("/else", "nfs")]
    with pytest.raises(RequestError) as caught:
        refuse_network(tmp_path / "folder" / "store.db", mounts)
    assert (caught.value.field, caught.value.cure) == ("--store", "name a place on a disk of this machine")
    assert f"{tmp_path} is a network file system ({kind})" in caught.value.message
    refuse_network(tmp_path / "local" / "store.db", mounts)
    refuse_network(tmp_path.parent / "store.db", mounts)


def test_F58_a_link_does_not_hide_a_network_file_system(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    with pytest.raises(RequestError, match="network file system"):
        refuse_network(tmp_path / "near" / "store.db", [("/", "ext4"), (str(tmp_path / "far"), "nfs4")])
    (tmp_path / "store.db").symlink_to(tmp_path / "far" / "store.db")
    with pytest.raises(RequestError, match="network file system"):
        refuse_network(tmp_path / "store.db", [("/", "ext4"), (str(tmp_path / "far"), "nfs4")])


@pytest.fixture
def plain_user() -> Iterator[Path]:
    """Be somebody who may not do everything, as root may; gives a store of that user's."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name).resolve() / "state" / "store.db"
        with Store(path) as store:
            filled(store)
        if os.geteuid():
            yield path
            return
        for one in (Path(name), *Path(name).rglob("*")):
            os.chown(one, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield path
        finally:
            os.seteuid(0)


def test_a_store_that_is_read_only_is_not_taken_for_damaged(plain_user: Path) -> None:
    plain_user.chmod(0o400)
    with Reading.at(plain_user) as reading:
        assert len(reading.jobs()) == 1
    with pytest.raises(RequestError, match=r"it cannot be written \(store.db is read-only\)") as caught:
        Store(plain_user)
    assert f"chmod u+w {plain_user}*" in caught.value.cure
    assert caught.value.cure.endswith("or name a store on a disk that can be written")
    plain_user.chmod(0o600)
    beside = [file for file in plain_user.parent.iterdir() if file.name.endswith(("-wal", "-shm"))]
    if beside:  # who read it has left them, as read-only as it was
        with pytest.raises(RequestError, match="is read-only"):
            Store(plain_user)
    for file in beside:
        file.chmod(0o600)
    Store(plain_user).close()


@OPENERS
def test_a_store_in_a_folder_that_is_read_only_is_not_taken_for_damaged(
    plain_user: Path, open_it: Callable[[Path], Any]
) -> None:
    plain_user.parent.chmod(0o500)
    with pytest.raises(RequestError, match="it cannot be written") as caught:
        open_it(plain_user)
    assert f"chmod u+rwx {plain_user.parent} " in caught.value.cure
    plain_user.parent.chmod(0o700)
    open_it(plain_user).close()


@OPENERS
def test_a_store_in_a_folder_that_one_may_not_enter_is_told(plain_user: Path, open_it: Callable[[Path], Any]) -> None:
    plain_user.parent.chmod(0)
    with pytest.raises(RequestError, match=r"it cannot be reached.*: Permission denied") as caught:
        open_it(plain_user)
    assert caught.value.field == "--store"
    assert "or name another place" in caught.value.cure


@OPENERS
def test_a_folder_is_no_store_and_is_left_as_it_is(tmp_path: Path, open_it: Callable[[Path], Any]) -> None:
    with pytest.raises(RequestError, match="it is no file") as caught:
        open_it(tmp_path)
    assert caught.value.cure == f"name one, e.g. {tmp_path}/lcm.db"


def test_a_sign_of_life_that_has_no_folder_is_told_and_nothing_is_owned(path: Path) -> None:
    with Store(path) as store:
        (path.parent / "store.db.owners").write_text("in the way")
        with pytest.raises(JournalFailed, match=f"no sign .* can be kept in {path}.owners: File exists") as caught:
            store.own(begun(store))
        assert "see that this is a folder that you may write" in caught.value.remedy


def test_a_sign_of_life_for_which_there_is_no_descriptor_is_told(path: Path) -> None:
    with Store(path) as store:
        job = begun(store)
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
        try:
            with pytest.raises(JournalFailed, match=os.strerror(errno.EMFILE)) as caught:
                store.own(job)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert "(ulimit -n)" in caught.value.remedy
        with owned(store, job):
            pass
