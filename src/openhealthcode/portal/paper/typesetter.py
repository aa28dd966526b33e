"""A program of its own that typesets one PDF from what it is told, and ends.

What it sets is somebody's record: the typesetter keeps what it has set in memory, so that memory
must not be the server's. It runs by its path, alone, with a bound on its memory and its time, and
imports nothing of ours. Standard input is one line of JSON (``template``, ``values``, ``fonts``,
``language``, ``made_at``), standard output one line of JSON (what could not be drawn) and the PDF.

A character that no font has is never drawn as a box: ``〔U+31350〕`` stands in its place, and the
first line names it, so that whoever prints can say so.

Source: PDF/UA-1 (ISO 14289-1); the table ``cmap`` of ISO/IEC 14496-22, formats 4 and 12.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

MOST_BYTES_OF_MEMORY: Final = 3 << 30
_FAMILY: Final = "Noto Sans CJK SC"
_ENDINGS: Final = frozenset({".otf", ".ttf", ".ttc", ".otc"})
_UNBROKEN: Final = "\u00a0\u2007\u202f"
_SHAPES: Final = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


def main() -> None:
    """Set what standard input says."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES_OF_MEMORY, MOST_BYTES_OF_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told = json.loads(sys.stdin.buffer.read())
    pdf, missing = set_one(told)
    sys.stdout.buffer.write(json.dumps(missing).encode() + b"\n" + pdf)


def set_one(told: dict[str, Any]) -> tuple[bytes, list[str]]:
    """The PDF, and the characters that no font has."""
    import typst  # noqa: PLC0415 - an extra; only this program needs it

    folders = [Path(folder) for folder in told["fonts"]]
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in folders],
    )
    drawn = _coverage(folders)
    missing: dict[str, None] = {}
    values = _drawable(told["values"], drawn, missing)
    values["missing"] = list(missing)
    families = [_FAMILY, *(one for one in fonts.families() if not one.startswith("Noto Sans "))]
    template = Path(told["template"])
    compiler = typst.Compiler(
        template.read_bytes(),
        root=template.parent,
        font_paths=fonts,
        ignore_system_fonts=True,
        package_path=template.parent,  # no packages, and none are fetched
        package_cache_path=template.parent,
        sys_inputs={
            "values": json.dumps(values),
            "families": json.dumps(families),
            "language": told["language"],
        },
    )
    pdf = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=told["made_at"])
    if not isinstance(pdf, bytes):
        raise TypeError("a PDF is one file")
    return pdf, list(missing)


def _drawable(value: Any, drawn: frozenset[int], missing: dict[str, None]) -> Any:  # noqa: ANN401 - JSON
    """The same values with every character that cannot be drawn named instead."""
    if isinstance(value, dict):
        # What begins so is a drawing of ours, no text.
        return {
            key: one if key.startswith("svg") else _drawable(one, drawn, missing)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_drawable(one, drawn, missing) for one in value]
    if not isinstance(value, str) or (value.isascii() and value.isprintable()):
        return value
    return "".join(_as_drawn(one, drawn, missing) for one in value)


def _as_drawn(one: str, drawn: frozenset[int], missing: dict[str, None]) -> str:
    kind = unicodedata.category(one)
    if kind in {"Zs", "Zl", "Zp"} or one in "\t\n\r":
        return "\u00a0" if one in _UNBROKEN else " "
    if kind == "Cc":
        return ""
    if ord(one) in drawn:
        return one
    if kind == "Cf" or one in _SHAPES:
        return ""  # invisible by itself, or which of two shapes of what stands before it
    name = f"U+{ord(one):04X}"
    missing[name] = None
    return f"〔{name}〕"


def _coverage(folders: list[Path]) -> frozenset[int]:
    """Every character that some font of these folders has."""
    files = [
        path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS
    ]
    return frozenset(number for path in files for number in _characters(path.read_bytes()))


def _characters(data: bytes) -> Iterator[int]:
    """The characters of a font file; of a collection, those of all its fonts."""
    offsets = [0]
    if data[:4] == b"ttcf":
        (count,) = struct.unpack_from(">I", data, 8)
        offsets = list(struct.unpack_from(f">{count}I", data, 12))
    tables = {_table(data, offset) for offset in offsets} - {None}
    for table in tables:
        yield from _mapped(data, table or 0)


def _table(data: bytes, offset: int) -> int | None:
    """Where the font at this offset keeps its ``cmap``."""
    (count,) = struct.unpack_from(">H", data, offset + 4)
    for place in range(offset + 12, offset + 12 + 16 * count, 16):
        tag, _, start, _ = struct.unpack_from(">4sIII", data, place)
        if tag == b"cmap":
            return int(start)
    return None


def _mapped(data: bytes, cmap: int) -> Iterator[int]:
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    for place in range(cmap + 4, cmap + 4 + 8 * count, 8):
        platform, encoding, offset = struct.unpack_from(">HHI", data, place)
        start = cmap + offset
        (form,) = struct.unpack_from(">H", data, start)
        if form == 12 and (platform, encoding) in {(0, 4), (0, 6), (3, 10)}:
            yield from _groups(data, start)
        elif form == 4 and (platform, encoding) in {(0, 3), (3, 1)}:
            yield from _segments(data, start)


def _groups(data: bytes, start: int) -> Iterator[int]:
    """Format 12: runs of characters with runs of glyphs; glyph 0 is none."""
    (count,) = struct.unpack_from(">I", data, start + 12)
    for place in range(start + 16, start + 16 + 12 * count, 12):
        first, last, glyph = struct.unpack_from(">III", data, place)
        yield from range(first if glyph else first + 1, last + 1)


def _segments(data: bytes, start: int) -> Iterator[int]:
    """Format 4: as far as a segment reaches; segments of our fonts have no holes."""
    (doubled,) = struct.unpack_from(">H", data, start + 6)
    lasts = struct.unpack_from(f">{doubled // 2}H", data, start + 14)
    firsts = struct.unpack_from(f">{doubled // 2}H", data, start + 16 + doubled)
    for first, last in zip(firsts, lasts, strict=True):
        if first != 0xFFFF:
            yield from range(first, last + 1)


if __name__ == "__main__":
    main()
