"""Note at a release which migrations belong to it: `scripts/freeze.py`. What is noted never changes again.

A change of the tables is from then on a new file: `_before` for what the release before can live with, `_after`
for what it cannot.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "src" / "openhealthcode" / "database" / "migrations"


def freeze(folder: Path) -> list[str]:
    """Note what is not noted yet; the names.

    Raises:
        ValueError: a file that was noted before is gone or altered.
    """
    noted = folder / "released.txt"
    lines = noted.read_text("utf-8").splitlines()
    for line in lines:
        digest, name = line.split()
        path = folder / name
        if not path.exists() or digest_of(path) != digest:
            raise ValueError(f"{name} belongs to a release and was altered: put it back")
    known = {line.split()[1] for line in lines}
    fresh = sorted(path for path in folder.glob("*.sql") if path.name not in known)
    lines += [f"{digest_of(path)}  {path.name}" for path in fresh]
    noted.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return [path.name for path in fresh]


def digest_of(path: Path) -> str:
    """As `sha256sum` prints it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Freeze the program's own."""
    try:
        for name in freeze(FOLDER):
            print(f"belongs to a release from now on: {name}")
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
