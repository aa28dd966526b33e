"""Drawing codes, finding them in pictures, and how often a spoilt camera frame is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import zxingcpp
from healthcode.frames import Picture, destroyed, frame, symbol
from measure import Figure, per_call_us

from openhealthcode.healthcode import picture
from signing import Issuing

_QR_CODE: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_SEED: Final = 20261122
_DESTROYED: Final = 0.06


def measure(*, is_full: bool) -> Iterator[Figure]:
    """Speeds on one frame as a camera takes it; rates on many, each spoilt anew."""
    made = Issuing.made()
    code, card = made.shown(), made.card()
    yield _drawing(code)
    yield _decoding(code)
    frames = 2_000 if is_full else 300
    for name, share in (("scan_rate_45", 0.45), ("scan_rate_30", 0.30)):
        yield _rate(name, code, symbol(code, "M"), share, frames)
    yield _damaged(card, frames)


def _drawing(code: str) -> Figure:
    alone = per_call_us(lambda: _modules(code), calls=100) / 1000
    ours = per_call_us(lambda: picture.draw(code), calls=100) / 1000
    return Figure(
        "qr_draw_v10",
        round(ours, 3),
        "ms",
        baseline=round(alone, 3),
        baseline_is="zxing-cpp's modules alone, without the picture",
        cpu_us=round(ours * 1000),
    )


def _modules(code: str) -> None:
    barcode = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    barcode.to_image(scale=1, add_quiet_zones=False)


def _decoding(code: str) -> Figure:
    seen = [_frame(symbol(code, "M"), 0.45, seed) for seed in range(40)]
    blank = np.full_like(seen[0], 200)
    nothing = per_call_us(lambda: _texts(blank), calls=40) / 1000
    turn = iter(seen * 1_000)
    each = per_call_us(lambda: _texts(next(turn)), calls=len(seen)) / 1000
    return Figure(
        "qr_decode_720p",
        round(each, 2),
        "ms",
        baseline=round(nothing, 2),
        baseline_is="the same reader on a frame without a code",
        cpu_us=round(each * 1000),
    )


def _rate(name: str, code: str, modules: Picture, share: float, frames: int) -> Figure:
    read = sum(code in _texts(_frame(modules, share, seed)) for seed in range(frames))
    return Figure(name, round(read / frames, 4), "ratio", notes={"frames": frames})


def _damaged(card: str, frames: int) -> Figure:
    """The published rate is of one to three stains beside the marks; the notes say the rest."""
    rates = {
        "one stain": _spoilt(card, (1, 1), frames),
        "eight stains": _spoilt(card, (8, 8), frames // 4),
        "one to three, marks too": _spoilt(card, (1, 3), frames // 4, marks=True),
        "frames": frames,
    }
    rate = _spoilt(card, (1, 3), frames)
    return Figure("scan_rate_printed_damaged", rate, "ratio", notes=rates)


def _spoilt(card: str, stains: tuple[int, int], frames: int, *, marks: bool = False) -> float:
    whole, read = symbol(card, "Q"), 0
    for seed in range(frames):
        random = np.random.default_rng((_SEED, seed))
        number = int(random.integers(stains[0], stains[1] + 1))
        spoilt = destroyed(whole, _DESTROYED, number, random, marks=marks)
        read += card in _texts(frame(spoilt, 0.45, random))
    return round(read / frames, 4)


def _frame(modules: Picture, share: float, seed: int) -> Picture:
    return frame(modules, share, np.random.default_rng((_SEED, seed)))


def _texts(seen: Picture) -> set[str]:
    return {barcode.text for barcode in zxingcpp.read_barcodes(seen, formats=_QR_CODE)}
