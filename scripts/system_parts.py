"""Find what the tests take from the operating system: a browser, Chinese fonts, PostgreSQL.

As root on Debian the missing parts are installed; elsewhere the one command that does it is named.
Nothing is ever skipped for want of a part.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_INSTALLED_POSTGRESQL = (
    "usr/lib/postgresql/*/bin/initdb",
    "opt/homebrew/opt/postgresql@*/bin/initdb",
    "usr/local/opt/postgresql@*/bin/initdb",
)
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts")
_CHINESE_FONTS = ("*CJK*", "*PingFang*", "*wqy*", "*SourceHanSans*", "*STHeiti*")


def browser() -> str | None:
    """An installed Chrome or Chromium; ``OHC_TEST_CHROMIUM`` names another."""
    named = os.environ.get("OHC_TEST_CHROMIUM")
    candidates = (named, *map(shutil.which, _BROWSERS), *_MAC_BROWSERS)
    return next((path for path in candidates if path and Path(path).exists()), None)


def chinese_font() -> Path | None:
    """A font file with Chinese characters."""
    found = (
        font
        for folder in _FONT_FOLDERS
        for pattern in _CHINESE_FONTS
        for font in Path(folder).rglob(pattern)
    )
    return next(found, None)


def postgresql() -> Path | None:
    """The programs' folder of the newest installed PostgreSQL, 15 or later."""
    found = [path.parent for pattern in _INSTALLED_POSTGRESQL for path in Path("/").glob(pattern)]
    newest = max(found, key=_major_version, default=None)
    return newest if newest and _major_version(newest) >= 15 else None


def atomic_library() -> bool:
    """What Playwright's own Node.js is linked to and a minimal Debian has not."""
    if sys.platform != "linux":
        return True
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return False
    return True


def missing() -> list[str]:
    """The names, as Debian calls them, of the packages that would supply what is not here."""
    needed: dict[str, Callable[[], object]] = {
        "chromium": browser,
        "fonts-noto-cjk": chinese_font,
        "libatomic1": atomic_library,
    }
    if os.environ.get("CI") or _can_install():
        needed["postgresql"] = postgresql
    return [package for package, is_here in needed.items() if not is_here()]


def main() -> None:
    """Install the missing parts, or say how."""
    packages = missing()
    if packages and _can_install():
        print(f"Installing {', '.join(packages)}", flush=True)
        _install(packages)
        packages = missing()
    if packages:
        sys.exit(
            f"The tests need {' and '.join(packages)}. Install with:\n\n    {_remedy(packages)}"
        )


def _can_install() -> bool:
    return os.geteuid() == 0 and _distribution() == "debian"


def _install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "--quiet=2", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode != 0:
            sys.exit(f"apt-get {arguments[0]} failed; after mending it: {_remedy(packages)}")


def _remedy(packages: list[str]) -> str:
    if sys.platform == "darwin":
        casks = {"chromium": "--cask google-chrome", "postgresql": "postgresql@18"}
        return " && ".join(f"brew install {casks.get(name, name)}" for name in packages)
    command = f"sudo apt-get install --yes {' '.join(packages)}"
    if _distribution() == "ubuntu" and "chromium" in packages:
        chrome = "https://dl.google.com/linux/direct/google-chrome-stable_current_amd64.deb"
        rest = " ".join(name for name in packages if name != "chromium")
        command = (
            f"curl -LO {chrome} && sudo apt-get install --yes ./{chrome.rpartition('/')[2]} {rest}"
        )
    return command.strip()


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["ID"]
    except OSError:
        return ""


def _major_version(programs: Path) -> int:
    folder = programs.parent.name  # "15" on Debian, "postgresql@15" elsewhere
    return int(folder.rpartition("@")[2])


if __name__ == "__main__":
    main()
