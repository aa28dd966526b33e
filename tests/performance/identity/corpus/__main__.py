"""Write a corpus to a file, and say what it is so that others can check theirs.

``PYTHONPATH=tests .venv/bin/python -m performance.identity.corpus --profile legacy
--records 1000000 --seed 1 --output corpus.csv``
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from pathlib import Path

from performance.identity.corpus.profiles import PROFILES
from performance.identity.corpus.records import COLUMNS, Record, corpus


def checksum(records: list[Record]) -> str:
    """SHA-256 over the rows as tab-separated lines."""
    digest = hashlib.sha256()
    for record in records:
        digest.update("\t".join(map(str, record.row())).encode() + b"\n")
    return digest.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--profile", choices=sorted(PROFILES), default="modern")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    records = corpus(PROFILES[asked.profile], records=asked.records, seed=asked.seed)
    if asked.output:
        with asked.output.open("w", encoding="utf-8", newline="") as lines:
            rows = csv.writer(lines)
            rows.writerow(COLUMNS)
            rows.writerows(record.row() for record in records)
    print(f"{asked.profile}, {len(records)} records, seed {asked.seed}: {checksum(records)}")


if __name__ == "__main__":
    main()
