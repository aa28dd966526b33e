"""The code the phone's own script draws is one that a scanner reads, of every length it can hold."""

from __future__ import annotations

import random

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from examples import resident_pages
from examples.served import served
from openhealthcode.healthcode.digits import CodeType, encode
from openhealthcode.portal.layout import asset_url

LENGTHS = [
    1,
    2,
    3,
    33,
    34,
    35,
    85,
    202,
    203,
    238,
    257,
    300,
    432,
    433,
    497,
    513,
    514,
    700,
    1000,
    1599,
]
MODULES = """async ([address, texts]) => {
  const { modules } = await import(address);
  return texts.map((text) => modules(text).map((row) => row.join("")));
}"""


@pytest.fixture(scope="module")
def page(chromium_path):
    with served(resident_pages.app()) as site, sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"]
        )
        opened = launched.new_page()
        opened.goto(site + "/sign-in")
        yield opened
        launched.close()


def drawn(page: Page, texts: list[str]) -> list[list[str]]:
    return page.evaluate(MODULES, [asset_url("resident/qr-numeric.js"), texts])


def scanned(rows: list[str]) -> zxingcpp.Barcode:
    side = len(rows)
    picture = Image.new("L", (side + 8, side + 8), 255)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            picture.putpixel((x + 4, y + 4), 0 if module == "1" else 255)
    (found,) = zxingcpp.read_barcodes(
        picture.resize((4 * side + 32, 4 * side + 32), Image.NEAREST),
        formats=zxingcpp.BarcodeFormat.QRCode,
    )
    return found


def smallest(text: str) -> int:
    """The side of the symbol that another implementation draws."""
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return symbol.to_image(scale=1, add_quiet_zones=False).shape[0]


def test_every_length_is_read_back_from_the_smallest_symbol_that_holds_it(page):
    draw = random.Random(5)
    texts = ["".join(draw.choices("0123456789", k=length)) for length in LENGTHS]
    for text, rows in zip(texts, drawn(page, texts), strict=True):
        found = scanned(rows)
        assert (found.text, found.ec_level) == (text, "M")
        assert len(rows) == smallest(text)


def test_a_hundred_codes_of_a_phone_are_read_back(page):
    draw = random.Random(6)
    texts = ["852" + "".join(draw.choices("0123456789", k=494)) for _ in range(100)]
    for text, rows in zip(texts, drawn(page, texts), strict=True):
        assert len(rows) == 57  # version 10
        assert scanned(rows).text == text


@pytest.mark.parametrize("text", ["", "12a", "1 2", "１２", "1" * 1700])
def test_what_is_no_row_of_digits_or_too_long_is_not_drawn(page, text):
    with pytest.raises(Exception, match="RangeError"):
        drawn(page, [text])


def test_the_phones_digits_are_those_of_the_region(page):
    draw = random.Random(7)
    data = [draw.randbytes(length) for length in (1, 2, 6, 7, 8, 131, 203)]
    written = page.evaluate(
        """async ([address, all]) => {
          const { digitsOf } = await import(address);
          return all.map((one) => digitsOf("852", Uint8Array.from(one)));
        }""",
        [asset_url("resident/offline-code.js"), [list(one) for one in data]],
    )
    assert written == [encode(CodeType.OFFLINE, one) for one in data]
