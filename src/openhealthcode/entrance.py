"""Where `ohc` begins: what only checks files starts without the command line's libraries.

`ohc verify --log` and `--history` are asked often and do little: reading options would take longer
than the check. Whatever this does not know is left to ``cli``, which says what is wrong with it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openhealthcode.commands.verify_log import Published

_OPTIONS: Final = frozenset({"--log", "--history", "--keys", "--policy", "--kept"})
_CHECKED: Final = frozenset({"--log", "--history"})


class Plain:
    """Prints lines as they are."""

    def print(self, line: str, **_: object) -> None:
        """One line."""
        sys.stdout.write(f"{line}\n")


def main() -> None:
    """Check what was published, or run whichever command it is."""
    given = _given(sys.argv[1:])
    if given is None:
        from openhealthcode.cli import main as whole  # noqa: PLC0415 - takes as long as a check

        whole()
    else:
        sys.exit(_check(given))


def _given(arguments: Sequence[str]) -> dict[str, list[str]] | None:
    """The options of a check; nothing if it is anything else, or not plain."""
    if not arguments or arguments[0] != "verify":
        return None
    found: dict[str, list[str]] = {}
    rest = iter(arguments[1:])
    for one in rest:
        name, is_joined, value = one.partition("=")
        given = value if is_joined else next(rest, "")
        if name not in _OPTIONS or not given or (name in found and name != "--kept"):
            return None
        found.setdefault(name, []).append(given)
    return found if found.keys() & _CHECKED else None


def _check(given: dict[str, list[str]]) -> int:
    """The exit code of the check."""
    gc.disable()  # it ends before there is anything to collect
    from openhealthcode.commands.verify_log import verify_published  # noqa: PLC0415 - as above
    from openhealthcode.standards import HealthCodeError  # noqa: PLC0415 - as above

    try:
        return verify_published(Plain(), _published(given))
    except HealthCodeError as error:
        sys.stderr.write(f"ohc: {error}\n")
        return 1


def _published(given: dict[str, list[str]]) -> Published:
    from openhealthcode.commands.verify_log import Published  # noqa: PLC0415 - as above

    def path(name: str) -> Path | None:
        return Path(given[name][0]) if name in given else None

    return Published(
        log=given.get("--log", [""])[0],
        history=path("--history"),
        keys=path("--keys") or Path("keys.txt"),
        policy=path("--policy"),
        kept=[Path(one) for one in given.get("--kept", ())],
    )
