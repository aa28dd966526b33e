"""One exact release of uv, fetched from the configured index and checked against its hash."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import sys
import tempfile
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.error import URLError
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.request import url2pathname

from package_index import PackageIndex, request

VERSION = "0.13.8"
_WHEELS = {
    "linux-x86_64": (
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        "e18a57b8b352eb7c8feb317b9f6f533c8f0ad9673fd6cf34bbe3cf1a9f6a8984",
    ),
    "linux-aarch64": (
        "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        "0b3e8b1a4f5e405e31e2ff33de8af4744831e9f7338539671efbd8c3c94e791d",
    ),
    "darwin-x86_64": (
        "macosx_10_12_x86_64",
        "b7124ca1956ec2e476a1003ea5715a15f0266afaec37f4dc9c6972ba8183e6d1",
    ),
    "darwin-arm64": (
        "macosx_11_0_arm64",
        "62b6943c7fd64fac6854f780bea6e0359e5a5bc3241f83ee357bb38276afac49",
    ),
}
_PAGE_FORMS = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
_TRIES = 3


class NotFetched(Exception):
    """uv could not be had; the message says why and what to do."""


def fetch(index: PackageIndex, cache: Path) -> Path:
    """The path of uv's program, fetched on first use and kept in ``cache``."""
    program = cache / f"uv-{VERSION}" / "uv"
    if not program.exists():
        wheel = _checked_wheel(index)
        with zipfile.ZipFile(io.BytesIO(wheel)) as unpacked:
            content = unpacked.read(f"uv-{VERSION}.data/scripts/uv")
        program.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(dir=program.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(fresh).chmod(0o755)
        Path(fresh).replace(program)  # whoever else is fetching puts the same file there
    return program


def _checked_wheel(index: PackageIndex) -> bytes:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    try:
        tag, expected = _WHEELS[f"{sys.platform}-{machine}"]
    except KeyError:
        raise NotFetched(f"there is no build for {sys.platform} on {machine}") from None
    name = f"uv-{VERSION}-py3-none-{tag}.whl"
    wheel = _from_folders(index, name) if index.only_folders else _from_index(index, name)
    if hashlib.sha256(wheel).hexdigest() != expected:
        raise NotFetched(f"{name} is not the file this project was tried with: its hash differs")
    return wheel


def _from_folders(index: PackageIndex, name: str) -> bytes:
    for folder in index.folders:
        candidate = Path(url2pathname(urlsplit(folder).path)) / name
        if candidate.exists():
            return candidate.read_bytes()
    raise NotFetched(f"{name} is in none of the folders {', '.join(index.folders)}")


def _from_index(index: PackageIndex, name: str) -> bytes:
    print(f"Fetching uv {VERSION} from {index.shown}", file=sys.stderr, flush=True)
    page_url = f"{index.url.rstrip('/')}/uv/"
    if page_url.startswith("file:"):
        page_url += "index.html"
    body, page_url = _read(index, page_url, _PAGE_FORMS)
    for link in _links(body):
        address = urldefrag(urljoin(page_url, link)).url
        if unquote(urlsplit(address).path).endswith(f"/{name}"):
            return _read(index, _with_credentials(address, index.url))[0]
    raise NotFetched(f"the index {index.shown} does not offer {name}")


def _read(index: PackageIndex, url: str, accept: str = "*/*") -> tuple[bytes, str]:
    for attempt in range(1, _TRIES + 1):
        try:
            with index.opener().open(request(url, accept), timeout=60) as answer:
                return answer.read(), answer.url
        except (URLError, TimeoutError, ConnectionError) as error:
            if attempt == _TRIES or getattr(error, "code", 500) < 500:
                reason = getattr(error, "reason", error)
                raise NotFetched(
                    f"the package index {index.shown} cannot be read: {reason}"
                ) from error
    raise AssertionError


def _links(page: bytes) -> list[str]:
    text = page.decode()
    if text.lstrip().startswith("{"):
        return [file["url"] for file in json.loads(text)["files"]]
    reader = _Links()
    reader.feed(text)
    return reader.found


def _with_credentials(address: str, index_url: str) -> str:
    """A file on the index's own host is asked for with the index's own credentials."""
    index, file = urlsplit(index_url), urlsplit(address)
    if index.username and not file.username and file.hostname == index.hostname:
        return file._replace(netloc=index.netloc).geturl()
    return address


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.extend(value for name, value in attrs if name == "href" and value)
