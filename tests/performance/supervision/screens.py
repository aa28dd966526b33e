"""Pictures of screens: how often a program reads whose screen it is, and when, after what was done to it.

A hundred screenshots of pages that show a record, taken by a browser, each of another invented
account among 20,000 at another minute. ``python tests/performance/supervision/screens.py`` prints the
table of the documentation, ``screens.py 20 3 4`` that of
twenty pictures from the fourth on, to each of which four of those things are done, taken in turn.
"""

from __future__ import annotations

import io
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from uuid import UUID

from PIL import Image, ImageChops, ImageFilter
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts")]

import system_parts
from examples import clinic_pages
from examples.served import served
from openhealthcode.portal.clinic.label import pattern
from openhealthcode.supervision.tracing import read_name
from openhealthcode.trust.marks import ScreenCode

PICTURES = 100
UNTIL = datetime(2026, 11, 20, tzinfo=UTC)
CODE, ANOTHER_REGIONS = ScreenCode(b"a key for measuring, 32 bytes..."), ScreenCode(b"another" * 5)
ACCOUNTS = [UUID(int=Random(1).getrandbits(128) ^ number) for number in range(20_000)]
PATHS = (
    "/clinic/record", "/clinic/record/long", "/clinic/record/override", "/clinic/record?q=血",
    "/clinic/record/empty", "/clinic/order/alike", "/clinic/order/days", "/clinic/arrival/compared",
)  # fmt: skip
SIZES = ((1366, 768), (1920, 1080))
SCROLLED = range(0, 3000, 350)
DRAW = "path => document.querySelector('#label-cells path').setAttribute('d', path)"

Damage = Callable[[Image.Image], Image.Image]


def again(form: str, quality: int) -> Damage:
    """Compressed, and opened again."""

    def compressed(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, form, quality=quality)
        return Image.open(io.BytesIO(file.getvalue())).convert("RGB")

    return compressed


def scaled(by: float) -> Damage:
    return lambda image: image.resize(
        (int(image.width * by), int(image.height * by)), Image.Resampling.LANCZOS
    )


def cropped(part: float) -> Damage:
    """A piece from within, of so much of the area, in the form of the whole."""

    def cut(image: Image.Image) -> Image.Image:
        width, height = (int(side * part**0.5) for side in image.size)
        left, top = int((image.width - width) * 0.4), int((image.height - height) * 0.6)
        return image.crop((left, top, left + width, top + height))

    return cut


def photographed(image: Image.Image) -> Image.Image:
    """As a telephone may take it from in front: a little askew, blurred, with noise, as JPEG."""
    lean = (1.02, 0.02, -8, 0.015, 1.03, -6, 2e-5, 3e-5)
    askew = image.transform(image.size, Image.Transform.PERSPECTIVE, lean, Image.Resampling.BICUBIC)
    blurred = askew.filter(ImageFilter.GaussianBlur(0.8))
    noise = Image.effect_noise(image.size, 12).convert("RGB")
    return again("JPEG", 80)(ImageChops.add(blurred, noise, scale=1, offset=-128))


def after(*steps: Damage) -> Damage:
    def done(image: Image.Image) -> Image.Image:
        for step in steps:
            image = step(image)
        return image

    return done


DAMAGES: dict[str, Damage] = {
    "as taken, PNG": after(),
    "JPEG, quality 80": again("JPEG", 80),
    "JPEG, quality 60": again("JPEG", 60),
    "JPEG, quality 40": again("JPEG", 40),
    "WebP, quality 80": again("WEBP", 80),
    "scaled to 0.75": scaled(0.75),
    "scaled to 0.6": scaled(0.6),
    "scaled to 0.5": scaled(0.5),
    "scaled to 1.25": scaled(1.25),
    "cropped to a half": cropped(0.5),
    "cropped to a fifth": cropped(0.2),
    "0.75, JPEG 60": after(scaled(0.75), again("JPEG", 60)),
    "a half, 0.6, JPEG 60": after(cropped(0.5), scaled(0.6), again("JPEG", 60)),
    "a fifth, JPEG 60": after(cropped(0.2), again("JPEG", 60)),
    "0.5, JPEG 40": after(scaled(0.5), again("JPEG", 40)),
    "a fifth, 0.5, JPEG 40": after(cropped(0.2), scaled(0.5), again("JPEG", 40)),
    "WebP 60, then JPEG 60": after(again("WEBP", 60), again("JPEG", 60)),
    "turned by 2°": lambda image: image.rotate(2, Image.Resampling.BICUBIC, fillcolor="#f4f3ee"),
    "photographed askew (simulated)": photographed,
}


def whose(number: int) -> tuple[UUID, datetime]:
    """Whose screen the picture of this number is, and at which minute."""
    minutes = Random(number).randrange(1_000 * 1440)
    return ACCOUNTS[number * 197 % len(ACCOUNTS)], UNTIL - timedelta(minutes=minutes)


def screens(begin: int, end: int) -> Iterator[tuple[int, Image.Image, Image.Image, Image.Image]]:
    """Screenshots with the cells of their account, without any, and with those of another region."""
    kinds = list(product(SCROLLED, SIZES, PATHS))
    with served(clinic_pages.app()) as at, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system_parts.browser())
        pages = {
            size: browser.new_page(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
            for size in SIZES
        }
        for number in range(begin, end):
            down, size, path = kinds[number % len(kinds)]
            page, (account, minute) = pages[size], whose(number)
            page.goto(at + path)
            page.evaluate(f"window.scrollTo(0, {down})")
            taken = []
            for drawn in (
                pattern(CODE, account, minute),
                "",
                pattern(ANOTHER_REGIONS, account, minute),
            ):
                page.evaluate(DRAW, drawn)
                taken.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
            yield number, *taken
        browser.close()


def read(image: Image.Image) -> tuple[UUID, datetime | None] | None:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    shown = read_name(CODE, file.getvalue(), ACCOUNTS, UNTIL + timedelta(minutes=1))
    return None if shown is None else (shown.account, shown.minute)


def main() -> None:
    """Print how often account and minute are read, for each thing that may be done to a picture."""
    asked = [int(one) for one in sys.argv[1:]]
    count, begin, most = (asked + [PICTURES, 0, len(DAMAGES)][len(asked) :])[:3]
    named, timed, wrong, tried = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    started = time.process_time()
    for number, ours, without, theirs in screens(begin, begin + count):
        names = [
            name for at, name in enumerate(DAMAGES) if (at - number * most) % len(DAMAGES) < most
        ]
        cases = {name: DAMAGES[name](ours) for name in names}
        cases |= {"no cells at all": without, "another region's cells": again("JPEG", 80)(theirs)}
        account, minute = whose(number)
        for name, image in cases.items():
            told = read(image)
            is_ours = name in DAMAGES
            tried[name] += 1
            named[name] += is_ours and told is not None and told[0] == account
            timed[name] += is_ours and told == (account, minute)
            wrong[name] += told is not None and not (
                is_ours and told[0] == account and told[1] in (None, minute)
            )
        print(number, dict(tried), dict(timed), dict(wrong), file=sys.stderr, flush=True)
    print(
        "| what was done | pictures | account named | and the minute | anybody or anything wrong |\n|---|---|---|---|---|"
    )
    for name, pictures in tried.items():
        print(f"| {name} | {pictures} | {named[name]} | {timed[name]} | {wrong[name]} |")
    print(
        f"{(time.process_time() - started) / sum(tried.values()):.2f} s of processor time a picture"
    )


if __name__ == "__main__":
    main()
