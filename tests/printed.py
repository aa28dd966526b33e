"""Reading back what was printed: its text, its pages as pictures, the codes on them."""

from __future__ import annotations

import pypdfium2
import zxingcpp
from PIL import Image


def text_of(pdf: bytes) -> str:
    """What can be selected and copied, without white space."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
    return "".join("".join(pages).split())


def pictures_of(pdf: bytes, dots_per_inch: int = 200) -> list[Image.Image]:
    """Its pages as a printer draws them."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dots_per_inch / 72).to_pil().convert("L") for page in document]
    finally:
        document.close()


def codes_of(pdf: bytes) -> list[str]:
    """The text of the one code on each page."""
    wanted = zxingcpp.BarcodeFormats(
        [zxingcpp.BarcodeFormat.QRCode]
    )  # text looks like bars to some
    found = [zxingcpp.read_barcodes(page, formats=wanted) for page in pictures_of(pdf)]
    return [codes[0].text for codes in found if len(codes) == 1]
