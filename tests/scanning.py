"""A scanner: what it sees of a screen, and what it types at a desk."""

from __future__ import annotations

from io import BytesIO

import zxingcpp
from PIL import Image
from playwright.sync_api import Page

QR_CODE = zxingcpp.BarcodeFormat.QRCode
"""Only these: the squares of one now and then look like some other kind of code."""


def codes(screen: bytes) -> set[str]:
    """The texts of the codes in a picture of a screen."""
    found = zxingcpp.read_barcodes(Image.open(BytesIO(screen)), formats=QR_CODE)
    return {one.text for one in found}


def code(screen: bytes) -> str:
    """The text of the only one."""
    (text,) = codes(screen)
    return text


def scan(desk: Page, code: str) -> None:
    """Type it once the page says that it is ready for a scanner."""
    desk.wait_for_function(
        "() => document.activeElement.id === 'code' || !document.querySelector('#scan')"
    )
    desk.keyboard.type(code)
    desk.keyboard.press("Enter")
