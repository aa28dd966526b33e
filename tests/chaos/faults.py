"""A disk that can be full and slow, and clocks that can be wrong; each only where the machine allows it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

DISK_BYTES = 1_500_000_000
SLOW_WRITES_PER_SECOND = 40
_THROTTLE = Path("/sys/fs/cgroup/blkio")
_LIBRARY = "/usr/lib/*/faketime/libfaketimeMT.so.1"


@dataclass
class Disk:
    """A file system in a file."""

    place: Path
    device: str
    group: Path | None
    """The control group whose writes to it can be held back."""

    @classmethod
    def made(cls, home: Path) -> Disk | None:
        """Make and mount it; None where that is not allowed."""
        if sys.platform != "linux" or os.geteuid() != 0:
            return None
        image, place = home / "disk.img", home / "disk"
        with image.open("wb") as file:
            file.truncate(DISK_BYTES)
        place.mkdir()
        try:
            subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True, capture_output=True)
            found = subprocess.run(
                ["losetup", "--find", "--show", image], check=True, capture_output=True, text=True
            )
            device = found.stdout.strip()
            subprocess.run(["mount", device, place], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        place.chmod(0o755)
        return cls(place, device, _group(home.name))

    def govern(self, pid: int) -> None:
        """Have this process and those it starts be held back with the group."""
        if self.group is not None:
            with contextlib.suppress(OSError):
                (self.group / "cgroup.procs").write_text(str(pid))

    def fill(self) -> None:
        """Leave no byte to anybody."""
        with (self.place / "filled").open("ab") as file:
            free = shutil.disk_usage(self.place).free
            while free > 0:
                try:
                    os.posix_fallocate(file.fileno(), file.tell(), free)
                    file.seek(0, os.SEEK_END)
                except OSError:
                    free //= 2
                else:
                    free = shutil.disk_usage(self.place).free

    def free(self) -> None:
        (self.place / "filled").unlink(missing_ok=True)

    def slow(self, writes_per_second: int = SLOW_WRITES_PER_SECOND) -> None:
        """Let so many writes a second through; 0 for all."""
        number = Path(self.device).stat().st_rdev
        told = f"{os.major(number)}:{os.minor(number)} {writes_per_second}"
        (self.group / "blkio.throttle.write_iops_device").write_text(told)

    def remove(self) -> None:
        for command in (["umount", "-l", self.place], ["losetup", "-d", self.device]):
            subprocess.run(command, check=False, capture_output=True)
        if self.group is not None:
            with contextlib.suppress(OSError):
                self.group.rmdir()


def _group(name: str) -> Path | None:
    group = _THROTTLE / name
    try:
        group.mkdir()
    except OSError:
        return None
    if not (group / "blkio.throttle.write_iops_device").exists():
        group.rmdir()
        return None
    return group


@dataclass
class Clock:
    """What time it is for the service and for the database, by libfaketime."""

    preloaded: Path
    home: Path

    @classmethod
    def found(cls, home: Path) -> Clock | None:
        found = sorted(Path("/").glob(_LIBRARY.lstrip("/")))
        if not found:
            return None
        clock = cls(found[0], home)
        for who in ("service", "database"):
            clock.turn(who, 0)
        return clock

    def environment(self, who: str) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self.preloaded),
            "FAKETIME_TIMESTAMP_FILE": str(self.home / f"clock-{who}"),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def turn(self, who: str, minutes: int) -> None:
        file = self.home / f"clock-{who}"
        file.write_text(f"{minutes:+d}m\n")
        file.chmod(0o644)
