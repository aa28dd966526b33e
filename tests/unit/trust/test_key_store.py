"""The key directory: private, durable, shared by processes."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from threading import Timer
from uuid import UUID

import pytest

from openhealthcode.trust import (
    FileKeyProvider,
    Keys,
    UnknownKey,
    UnreadableSeal,
    UnsuitableKeyStore,
)
from openhealthcode.trust.key_store import KeyStore

LI = UUID(int=1)


@pytest.mark.usefixtures("keys")
def test_nobody_else_may_read_the_directory(directory):
    for path in [directory, *directory.rglob("*")]:
        assert not path.stat().st_mode & 0o077, path.name


def test_a_root_key_that_others_can_read_is_refused(directory):
    Keys.open(directory).close()
    (directory / "root" / "region.key").chmod(0o644)
    with pytest.raises(UnsuitableKeyStore):
        Keys.open(directory)


def test_a_truncated_root_key_is_refused(directory):
    Keys.open(directory).close()
    (directory / "root" / "region.key").write_bytes(b"short")
    with pytest.raises(UnsuitableKeyStore):
        Keys.open(directory)


def test_another_installation_s_root_key_opens_nothing(directory, tmp_path):
    Keys.open(directory).close()
    Keys.open(tmp_path / "other").close()
    other = (tmp_path / "other" / "root" / "region.key").read_bytes()
    (directory / "root" / "region.key").write_bytes(other)
    with pytest.raises(UnreadableSeal):
        Keys.open(directory)


def test_a_lost_root_key_is_not_replaced_in_silence(directory):
    Keys.open(directory).close()
    (directory / "root" / "region.key").unlink()
    with pytest.raises(UnknownKey):
        Keys.open(directory)


def test_a_file_that_is_no_key_store_is_refused(directory):
    directory.mkdir(mode=0o700)
    (directory / "keys.sqlite").write_bytes(b"this is not a database" * 100)
    with pytest.raises(UnsuitableKeyStore):
        Keys.open(directory)


@pytest.mark.usefixtures("keys")
def test_region_keys_wrapped_for_one_use_do_not_serve_another(directory):
    store = sqlite3.connect(directory / "keys.sqlite")
    store.execute(
        "UPDATE region_key SET wrapped = (SELECT wrapped FROM region_key WHERE name = 'session')"
        " WHERE name = 'entry-id'"
    )
    store.commit()
    store.close()
    with pytest.raises(UnreadableSeal):
        Keys.open(directory)


def test_every_write_is_on_the_disk_before_it_is_used(keys):
    (synchronous,) = keys._store._connection.execute("PRAGMA synchronous").fetchone()
    (journal,) = keys._store._connection.execute("PRAGMA journal_mode").fetchone()
    assert (synchronous, journal) == (2, "wal")


def test_a_killed_process_loses_no_key_it_handed_out(directory):
    program = """
import os, signal, sys
from pathlib import Path
from uuid import UUID
from openhealthcode.trust import KeyClass, Keys
keys = Keys.open(Path(sys.argv[1]))
print(keys.of(UUID(int=1), create=True).seal(KeyClass.RECORD, b"", b"body").hex(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run(
        [sys.executable, "-c", program, str(directory)], capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    keys = Keys.open(directory)
    assert keys.of(LI).open(0, b"", bytes.fromhex(killed.stdout)) == b"body"
    keys.close()


def test_who_comes_while_another_makes_the_store_waits(tmp_path):
    path = tmp_path / "keys.sqlite"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE begun (x)")
    done = Timer(0.3, lambda: other.execute("COMMIT"))
    done.start()
    KeyStore(path).close()
    done.join()
    other.close()


def test_processes_that_begin_together_agree_on_every_key(directory):
    program = """
import sys
from pathlib import Path
from uuid import UUID
from openhealthcode.trust import Keys
keys = Keys.open(Path(sys.argv[1]))
li = keys.of(UUID(int=1), create=True)
print(li.token("x").hex(), keys.blind_index("phone", "1").hex(), keys.seal_id(UUID(int=1), UUID(int=2)))
"""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(directory)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    answers = {process.communicate(timeout=60)[0] for process in started}
    assert [process.returncode for process in started] == [0] * 4
    assert len(answers) == 1


def test_a_failed_commit_leaves_nothing(keys):
    def keys_then_failure():
        yield UUID(int=9)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        keys.prepare(keys_then_failure())
    with pytest.raises(UnknownKey):
        keys.of(UUID(int=9))
    keys.of(LI, create=True)


def test_a_root_key_s_name_is_no_path(tmp_path):
    provider = FileKeyProvider(tmp_path)
    for name in ("../region", "a/b", "", "UPPER", "x" * 41):
        with pytest.raises(ValueError, match="name"):
            provider.wrap(name, "use", b"key")


def test_destroying_an_unknown_root_key_is_no_error(tmp_path):
    FileKeyProvider(tmp_path).destroy("never-made")
    assert not any(tmp_path.iterdir())


def test_a_destroyed_root_key_is_overwritten_before_it_is_removed(tmp_path):
    """Whoever still has the file open, or linked, reads zeros."""
    provider = FileKeyProvider(tmp_path / "root")
    wrapped = provider.wrap("kek-2026-11", "use", b"key")
    (tmp_path / "linked").hardlink_to(tmp_path / "root" / "kek-2026-11.key")
    provider.destroy("kek-2026-11")
    assert (tmp_path / "linked").read_bytes() == bytes(32)
    with pytest.raises(UnknownKey):
        provider.unwrap("kek-2026-11", "use", wrapped)


def test_a_second_creator_takes_the_first_one_s_root_key(tmp_path: Path, monkeypatch):
    first = FileKeyProvider(tmp_path)
    wrapped = first.wrap("region", "use", b"key")
    monkeypatch.setattr(Path, "exists", lambda _: False)  # as if it had looked just before
    FileKeyProvider(tmp_path).wrap("region", "use", b"other")
    monkeypatch.undo()
    assert first.unwrap("region", "use", wrapped) == b"key"
    assert [path.name for path in tmp_path.iterdir()] == ["region.key"]
