"""What belongs to a release never changes again."""

from __future__ import annotations

import hashlib
import sys

import pytest

import freeze
from openhealthcode.database.migrate import migrations, released


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "released.txt").touch()
    (tmp_path / "0001_first_before.sql").write_text("SELECT 1;")
    return tmp_path


def test_a_release_notes_what_is_new_and_nothing_twice(folder):
    assert freeze.freeze(folder) == ["0001_first_before.sql"]
    assert freeze.freeze(folder) == []
    (folder / "0002_more_before.sql").write_text("SELECT 2;")
    assert freeze.freeze(folder) == ["0002_more_before.sql"]
    assert len((folder / "released.txt").read_text().splitlines()) == 2


@pytest.mark.parametrize("harm", ["altered", "gone"])
def test_what_was_noted_and_is_another_now_stops_the_release(folder, harm):
    freeze.freeze(folder)
    path = folder / "0001_first_before.sql"
    if harm == "altered":
        path.write_text("SELECT 3;")
    else:
        path.unlink()
    with pytest.raises(ValueError, match="belongs to a release"):
        freeze.freeze(folder)


def test_no_migration_of_a_release_was_altered():
    ours = {
        name: hashlib.sha256(text.encode()).hexdigest()
        for name, text in migrations().items()
        if name in released()
    }
    assert ours == released()


def test_the_programs_own_files_can_be_noted(tmp_path, monkeypatch):
    for path in freeze.FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    freeze.freeze(tmp_path)
    monkeypatch.setattr(sys.modules[migrations.__module__], "_FOLDER", tmp_path)
    assert released().keys() == migrations().keys()
