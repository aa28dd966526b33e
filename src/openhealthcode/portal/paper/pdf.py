"""A PDF from a template of this folder and the values it shows; every sentence is a value.

Values are data to the typesetter, never its language: nothing in a record can become a command.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import anyio

from openhealthcode.portal.layout import Language
from openhealthcode.standards import HealthCodeError

_HERE: Final = Path(__file__).parent
_PACKAGES: Final = ("typst", "noto_cjk_sans_otc")
_SECONDS: Final = 30
_AT_ONCE: Final = anyio.CapacityLimiter(2)


class PrintingNotInstalled(HealthCodeError):
    """Printing needs the packages of the extra: pip install 'openhealthcode[paper]'."""

    code = "printing-not-installed"


class NotPrinted(HealthCodeError):
    """This could not be printed; try again."""

    code = "not-printed"


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF, and what it has no picture of.

    Args:
        pdf: PDF/UA-1; the same bytes for the same values.
        missing: characters no font has, as ``U+31350``; a mark stands for each.
    """

    pdf: bytes = field(repr=False)
    missing: tuple[str, ...] = field(repr=False)


def is_installed() -> bool:
    """Whether this installation can print."""
    return all(find_spec(name) for name in _PACKAGES)


async def typeset(
    template: str, values: Mapping[str, object], *, language: Language, made_at: datetime
) -> Printed:
    """Set one document, in a process that ends with it.

    Args:
        template: the name of a file here, without its ending.
        values: what it shows, as JSON would hold it.
        made_at: stands in the PDF as the moment it was made.

    Raises:
        PrintingNotInstalled: the extra is missing.
        NotPrinted: it took too long or too much memory.
    """
    folders = _font_folders()
    told = {
        "template": str(_HERE / f"{template}.typ"),
        "values": dict(values),
        "fonts": folders,
        "language": language.value,
        "made_at": int(made_at.timestamp()),
    }
    async with _AT_ONCE:
        answer = await _answer(json.dumps(told).encode())
    head, _, pdf = answer.partition(b"\n")
    if not pdf.startswith(b"%PDF-"):
        raise NotPrinted
    return Printed(pdf, tuple(json.loads(head)))


async def _answer(told: bytes) -> bytes:
    """What the typesetter says; its complaints may quote what it set, and go nowhere."""
    setter = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_HERE / "typesetter.py"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        answer, _ = await asyncio.wait_for(setter.communicate(told), _SECONDS)
    except TimeoutError:
        raise NotPrinted from None
    finally:
        if setter.returncode is None:
            setter.kill()
            await setter.wait()
    return answer if setter.returncode == 0 else b""


def _font_folders() -> list[str]:
    if not is_installed():
        raise PrintingNotInstalled
    font = find_spec(_PACKAGES[1])
    if font is None or font.origin is None:
        raise PrintingNotInstalled
    return [str(Path(font.origin).parent)]
