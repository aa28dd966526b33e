"""Drawing a code, and finding it again in photographs people upload."""

from __future__ import annotations

import re
import zlib
from io import BytesIO
from struct import pack

import pytest
import zxingcpp
from PIL import Image, ImageFilter

from openhealthcode.healthcode import NoCodeInPicture, PictureTooLarge, UnreadablePicture, short
from openhealthcode.healthcode.digits import CodeType, encode
from openhealthcode.healthcode.picture import LARGEST_BYTES, Level, draw, draw_bars, read

_TEXT = encode(CodeType.ONLINE, bytes(range(33)))


def _rendered(svg: str, scale: int = 8) -> Image.Image:
    """Paint the SVG's bars as a browser would, from its own words only."""
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])
    image = Image.new("L", (side, side), 255)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg):
        for column in range(int(x), int(x) + int(width)):
            image.putpixel((column, int(y)), 0)
    return image.resize((side * scale, side * scale), Image.Resampling.NEAREST)


def _file(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def test_a_drawn_code_reads_back():
    assert read(_file(_rendered(draw(_TEXT)))) == _TEXT


def test_an_online_code_is_a_version_three_symbol_with_its_margin():
    svg = draw(_TEXT)
    assert 'viewBox="0 0 37 37"' in svg  # 29 modules and 4 on each side
    image = _rendered(svg, scale=1)
    assert image.crop((4, 4, 33, 33)).getbbox() is not None
    for edge in ((0, 0, 37, 4), (0, 33, 37, 37), (0, 0, 4, 37), (33, 0, 37, 37)):
        assert image.crop(edge).getextrema() == (255, 255)


def test_a_drawing_needs_no_style_script_or_identifier():
    assert not re.search(
        r"style|script|id=|class=|DOCTYPE|<desc|http(?!://www.w3.org/2000/svg)", draw(_TEXT)
    )


def test_a_tilted_blurred_photograph_is_read():
    photograph = Image.new("RGB", (1600, 1200), (180, 170, 160))
    code = _rendered(draw(_TEXT), scale=12).rotate(17, expand=True, fillcolor=255)
    photograph.paste(code.convert("RGB"), (300, 200))
    blurred = photograph.filter(ImageFilter.GaussianBlur(1.5))
    assert read(_file(blurred, "JPEG", quality=60)) == _TEXT


def test_a_transparent_screenshot_is_read():
    screenshot = _rendered(draw(_TEXT)).convert("RGBA")
    assert read(_file(screenshot)) == _TEXT


def test_a_picture_without_a_code_says_so():
    with pytest.raises(NoCodeInPicture):
        read(_file(Image.new("L", (300, 300), 255)))


def test_two_codes_in_one_picture_are_not_guessed_between():
    both = Image.new("L", (700, 350), 255)
    both.paste(_rendered(draw(_TEXT)), (0, 0))
    both.paste(_rendered(draw(encode(CodeType.ONLINE, bytes(33)))), (350, 0))
    with pytest.raises(NoCodeInPicture, match="more than one"):
        read(_file(both))


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"hello",
        b"\x89PNG\r\n\x1a\n",
        _file(Image.new("L", (9, 9)), "GIF"),
        _file(Image.new("L", (9, 9)), "BMP"),
        _file(_rendered(draw(_TEXT)))[:200],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_other_and_damaged_files_are_refused(file):
    with pytest.raises(UnreadablePicture):
        read(file)


def test_a_file_of_too_many_bytes_is_not_looked_into():
    with pytest.raises(PictureTooLarge):
        read(bytes(LARGEST_BYTES + 1))


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (2**31 - 1, 1)])
def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused_unpacked(width, height):
    with pytest.raises((PictureTooLarge, UnreadablePicture)):
        read(_bomb(width, height))


def test_one_row_of_pixels_beyond_the_bound_is_too_large():
    with pytest.raises(PictureTooLarge):
        read(_bomb(4001, 4000))
    with pytest.raises(UnreadablePicture):  # within the bound it is looked into, and is cut off
        read(_bomb(4000, 4000))


def test_a_card_has_version_8_and_a_quarter_of_it_may_be_lost():
    code = encode(CodeType.PRINTED, bytes([0x13]) + bytes(range(95)))
    assert 'viewBox="0 0 57 57"' in draw(code, Level.QUARTILE)  # 49 modules and the margin
    assert 'viewBox="0 0 49 49"' in draw(code)  # as on a screen, where nothing is worn off


def test_bars_are_read_by_a_scanner_of_lines():
    digits = short.written(9_876_543_210_123_456_789)
    drawn = draw_bars(digits)
    width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', drawn).groups())
    black = drawn.partition("#000")[2]
    image = Image.new("L", (width, height), 255)
    bars = [tuple(map(int, bar)) for bar in re.findall(r"M(\d+) 0h(\d+)v", black)]
    for x, length in bars:
        image.paste(0, (x, 0, x + length, height))
    assert min(x for x, _ in bars) == width - max(x + length for x, length in bars) == 10
    enlarged = image.resize((width * 3, height * 3), Image.Resampling.NEAREST)
    (found,) = zxingcpp.read_barcodes(enlarged)
    assert (found.text, found.format) == (digits, zxingcpp.BarcodeFormat.Code128)


def _bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    header = pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )
