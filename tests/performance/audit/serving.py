"""The program in one process as `ohc serve` runs it: ``python serving.py PORT``, ``BENCH_*`` as elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import os

import uvicorn
from visit.serving import served

from openhealthcode.commands.server import options
from openhealthcode.settings import Settings

if __name__ == "__main__":
    settings = Settings(data_directory=Path(os.environ["BENCH_DIRECTORY"]))
    uvicorn.run(served(), port=int(sys.argv[1]), loop="uvloop", **options(settings))
