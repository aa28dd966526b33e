"""The program in one process as `ohc serve` runs it: ``python serving.py PORT``, ``BENCH_*`` as elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import os  # noqa: E402

import uvicorn  # noqa: E402
from visit.serving import served  # noqa: E402

from openhealthcode.commands.server import options  # noqa: E402
from openhealthcode.settings import Settings  # noqa: E402

if __name__ == "__main__":
    settings = Settings(data_directory=Path(os.environ["BENCH_DIRECTORY"]))
    uvicorn.run(served(), port=int(sys.argv[1]), loop="uvloop", **options(settings))
