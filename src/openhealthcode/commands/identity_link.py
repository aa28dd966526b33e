"""`ohc identity link`: find entries of the index that may be one person, and ask registrars."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from rich.console import Console

from openhealthcode import app
from openhealthcode.commands.installation import reachable
from openhealthcode.settings import Settings
from openhealthcode.standards import HealthCodeError, InvalidInput

if TYPE_CHECKING:
    from openhealthcode.identity.batch import Linked

_NEEDED: Final = ("duckdb", "pyarrow", "splink")


class LinkageNotInstalled(HealthCodeError):
    """Batch linkage needs the packages of the extra: pip install 'openhealthcode[linkage]'."""

    code = "linkage-not-installed"


class Wanted(NamedTuple):
    """What the operator asks for.

    Args:
        model: a model file to score with; none: the one that comes with the program.
        train: where to write a model estimated anew; none: none is.
        report: where the page goes.
        export: where the keyed table goes, as Parquet, for a larger engine; none: nowhere.
        pairs: what a larger engine found over that table, as Parquet; none: it is scored here.
        from_bits: what reaches so many is suggested.
        most: at most so many suggestions are sent to review, the likeliest; 0 sends none.
    """

    model: Path | None
    train: Path | None
    report: Path
    export: Path | None
    pairs: Path | None
    from_bits: float
    most: int


async def link(settings: Settings, console: Console, wanted: Wanted) -> int:
    """Run linkage once; answers the exit code.

    Raises:
        LinkageNotInstalled: the extra's packages are missing.
        InvalidInput: a file cannot be read or written.
        ModelUnsuitable: the model file is none.
        TooLittleToLearn: there is too little to train on.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        raise LinkageNotInstalled
    from openhealthcode.identity import batch  # noqa: PLC0415 - only with the extra

    base = _base(wanted.model)

    def tell(sentence: str) -> None:
        console.print(sentence, highlight=False, markup=False, soft_wrap=True)

    async with reachable(settings) as reached, app.opened(reached) as platform:
        linked, table = await batch.link(
            platform.pool,
            platform.keys,
            base,
            is_training=wanted.train is not None,
            from_bits=wanted.from_bits,
            tell=tell,
            pairs=wanted.pairs,
        )
        if wanted.most:
            await batch.send(platform.pool, platform.keys, linked, wanted.from_bits, wanted.most)
        if wanted.export is not None:
            with _opened(wanted.export) as file:
                table.write(file, partial(batch.pseudonym, platform.keys))
    if wanted.train is not None:
        _write(wanted.train, linked.content)
    _write(wanted.report, batch.drawn(linked).encode())
    _sum_up(tell, linked, wanted)
    return 0


def _base(path: Path | None) -> bytes:
    if path is None:
        return files("openhealthcode.identity.matching").joinpath("model.json").read_bytes()
    try:
        return path.read_bytes()
    except OSError:
        raise InvalidInput(f"{path} cannot be read") from None


def _opened(path: Path) -> BinaryIO:
    """For the operator's eyes: what is written says how a region's residents are called and live."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError:
        raise InvalidInput(f"{path} cannot be written") from None
    os.fchmod(descriptor, 0o600)  # also when it was there before
    return os.fdopen(descriptor, "wb")


def _write(path: Path, content: bytes) -> None:
    with _opened(path) as file:
        file.write(content)


def _sum_up(tell: Callable[[str], None], linked: Linked, wanted: Wanted) -> None:
    for fate, count in linked.fates.items():
        tell(f"{count:,} {fate.value}")
    if wanted.train is not None:
        tell(f"model {linked.file.model.version}: {wanted.train}")
    if wanted.export is not None:
        tell(f"keyed table: {wanted.export}")
    took = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in linked.seconds.items())
    tell(f"report: {wanted.report} ({took})")
