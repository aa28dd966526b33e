"""Room kept on the disk: given up before the disk is full, put back when there is room, by whoever looks."""

from __future__ import annotations

import resource
import signal

import pytest

from openhealthcode import collection
from openhealthcode.collection.intake import check_intake
from openhealthcode.operations import Ballast

SIZE = 2**20


class Disk:
    """A disk of so many bytes besides what lies in the folder."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, folder) -> int:
        taken = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
        return max(0, self.left - taken)


@pytest.fixture(autouse=True)
def taking_in():
    yield
    collection.open_intake(is_open=True)


def is_taken_in() -> bool:
    try:
        check_intake()
    except collection.IntakeClosed:
        return False
    return True


async def test_with_room_it_lies_there_and_all_goes_on(tmp_path):
    await Ballast(tmp_path, SIZE, Disk(10 * SIZE)).watch()
    assert (tmp_path / "ballast").stat().st_size == SIZE
    assert is_taken_in()
    assert [file.name for file in tmp_path.iterdir()] == ["ballast"]


async def test_before_the_disk_is_full_it_makes_room_and_nothing_more_is_taken_in(tmp_path):
    disk = Disk(10 * SIZE)
    kept = Ballast(tmp_path, SIZE, disk)
    await kept.watch()
    disk.left = SIZE + SIZE // 2 - 1
    await kept.watch()
    assert not (tmp_path / "ballast").exists()
    assert not is_taken_in()
    assert disk(tmp_path) > SIZE


async def test_it_is_put_back_only_when_there_is_room_for_more(tmp_path):
    disk = Disk(2 * SIZE - 1)
    kept = Ballast(tmp_path, SIZE, disk)
    await kept.watch()
    assert not is_taken_in()
    disk.left = 2 * SIZE
    await kept.watch()
    assert is_taken_in()
    assert (tmp_path / "ballast").exists()
    await kept.watch()
    assert is_taken_in()


async def test_another_process_and_the_one_after_a_crash_do_the_same(tmp_path):
    disk = Disk(10 * SIZE)
    await Ballast(tmp_path, SIZE, disk).watch()
    disk.left = SIZE + 1
    await Ballast(tmp_path, SIZE, disk).watch()
    assert not is_taken_in()
    collection.open_intake(is_open=True)
    await Ballast(tmp_path, SIZE, disk).watch()
    assert not is_taken_in()


async def test_a_ballast_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    """The disk said there was room, and there was none: a file may be no larger than this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SIZE // 2, before[1]))
    try:
        await Ballast(tmp_path, SIZE, lambda _: 10 * SIZE).watch()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert not is_taken_in()
    assert not list(tmp_path.iterdir())


async def test_none_is_kept_where_none_is_wanted(tmp_path):
    await Ballast(tmp_path, 0, Disk(0)).watch()
    assert is_taken_in()
    assert not list(tmp_path.iterdir())
