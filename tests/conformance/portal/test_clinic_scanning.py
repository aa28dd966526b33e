"""The camera reads a code by our own decoder: in a real browser, with a fake camera, offline.

The decoder is WebAssembly from this site; a page that fetched it elsewhere would fail here, since
nothing but this machine can be reached.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import sync_playwright

from examples import clinic_pages
from examples.served import served

CODE = "8512" + "0123456789" * 7 + "012345"
FRAME = (640, 480)


def frame(text: str, *, degrees: int = 0, size: int = 300) -> bytes:
    """One camera frame: the code somewhere on a grey table."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = barcode.to_image(scale=4)
    pixels = memoryview(image).tobytes()
    code = Image.frombuffer("L", image.shape[::-1], pixels).resize((size, size))
    table = Image.new("L", FRAME, 170)
    table.paste(code.rotate(degrees, expand=True, fillcolor=170), (150, 60))
    written = BytesIO()
    table.convert("RGB").save(written, "JPEG", quality=80)
    return written.getvalue()


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    """A film of a phone being held up: first nothing, then the code, a little askew."""
    empty = BytesIO()
    Image.new("RGB", FRAME, (170, 170, 170)).save(empty, "JPEG")
    film = tmp_path / "camera.mjpeg"
    film.write_bytes(empty.getvalue() * 5 + frame(CODE, degrees=8) * 20)
    return film


def test_the_camera_reads_the_code_with_what_this_site_serves(chromium_path, camera):
    asked, complaints = [], []
    with served(clinic_pages.app()) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={camera}",
            ],
        )
        page = browser.new_page(locale="zh-CN")
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address + "/clinic")
        with page.expect_request("**/clinic/scan", timeout=60_000) as scanned:
            page.get_by_role("button", name="用摄像头扫").click()
        sent = parse_qs(scanned.value.post_data)
        browser.close()
    assert sent["code"] == [CODE]
    assert sent["scene"] == ["consultation"]
    assert complaints == []
    assert all(url.startswith(address) for url in asked), asked
    assert any(url.endswith("zxing-wasm/zxing_reader.wasm") for url in asked)


def test_without_a_camera_the_page_says_what_else_to_do(chromium_path):
    with served(clinic_pages.app()) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(locale="zh-CN")
        page.goto(address + "/clinic")
        page.get_by_role("button", name="用摄像头扫").click()
        page.get_by_text("请用扫码枪").wait_for()
        browser.close()
