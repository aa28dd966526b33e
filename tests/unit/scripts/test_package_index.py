"""The index is found where uv or pip were told of it, and asked as they would ask."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import threading
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

import package_index
import pinned_uv
from package_index import PackageIndex, configured

NAME = f"uv-{pinned_uv.VERSION}-py3-none-any.whl"


def conf(home: Path, text: str) -> None:
    place = home / ".config" / "pip" / "pip.conf"
    place.parent.mkdir(parents=True)
    place.write_text(text)


@pytest.fixture(autouse=True)
def only_this_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this machine's ``/etc/pip.conf`` nor its ``~/.netrc`` bears on these tests."""
    read = package_index.configparser.RawConfigParser.read

    def below_home(parser: object, places: list[Path], encoding: str) -> list[str]:
        inside = [place for place in places if place.is_relative_to(tmp_path)]
        return read(parser, inside, encoding)  # type: ignore[arg-type]

    monkeypatch.setattr(package_index.configparser.RawConfigParser, "read", below_home)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_the_public_index_is_used_when_nothing_is_said(tmp_path: Path) -> None:
    assert configured({}, tmp_path).url == package_index.PUBLIC


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"UV_DEFAULT_INDEX": "https://a", "PIP_INDEX_URL": "https://b"}, "https://a"),
        ({"UV_INDEX_URL": "https://a", "PIP_INDEX_URL": "https://b"}, "https://a"),
        ({"PIP_INDEX_URL": "https://b"}, "https://b"),
        ({}, "https://from-file"),
    ],
)
def test_uvs_variables_come_before_pips_and_files_last(
    tmp_path: Path, environment: dict[str, str], expected: str
) -> None:
    conf(tmp_path, "[global]\nindex-url = https://from-file\n")
    assert configured(environment, tmp_path).url == expected


@pytest.mark.parametrize(
    "text",
    [
        'index-url = "https://from-uv"',
        '[[index]]\nurl = "https://other"\n[[index]]\nurl = "https://from-uv"\ndefault = true',
        '[pip]\nindex-url = "https://from-uv"',
    ],
)
def test_uvs_own_file_is_read(tmp_path: Path, text: str) -> None:
    place = tmp_path / ".config" / "uv" / "uv.toml"
    place.parent.mkdir(parents=True)
    place.write_text(text)
    conf(tmp_path, "[global]\nindex-url = https://from-pip\n")
    assert configured({}, tmp_path).url == "https://from-uv"


def test_pips_certificates_and_trusted_hosts_are_passed_on(tmp_path: Path) -> None:
    conf(tmp_path, "[global]\ntrusted-host = one.example two.example\n")
    told = configured({"PIP_CERT": "/ca.pem"}, tmp_path).environment()
    assert told["SSL_CERT_FILE"] == "/ca.pem"
    assert told["UV_INSECURE_HOST"] == "one.example,two.example"
    assert told["UV_SYSTEM_CERTS"] == "1"


def test_a_machine_without_an_index_uses_its_folders(tmp_path: Path) -> None:
    index = configured({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}, tmp_path)
    assert index.options() == ["--no-index"]
    assert "UV_DEFAULT_INDEX" not in index.environment()
    assert index.environment()["UV_FIND_LINKS"] == "/wheels"


def test_a_password_is_never_shown() -> None:
    assert PackageIndex("https://me:secret@host/simple").shown == "https://host/simple"


def test_the_password_in_an_address_is_sent_as_a_header() -> None:
    asked = package_index.request("https://me:p%40ss@host/x")
    assert asked.full_url == "https://host/x"
    assert asked.get_header("Authorization") == "Basic " + b64encode(b"me:p@ss").decode()


def test_netrc_supplies_a_password(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine host login me password p@ss\n")
    (tmp_path / ".netrc").chmod(0o600)
    asked = package_index.request("https://host/x")
    assert asked.get_header("Authorization") == "Basic " + b64encode(b"me:p@ss").decode()


def wheel() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(f"uv-{pinned_uv.VERSION}.data/scripts/uv", b"#!/bin/sh\necho uv\n")
    return buffer.getvalue()


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A small wheel in place of uv's, pinned on every machine."""
    content = wheel()
    digest = hashlib.sha256(content).hexdigest()
    wheels = dict.fromkeys(pinned_uv._WHEELS, ("any", digest))
    monkeypatch.setattr(pinned_uv, "_WHEELS", wheels)
    return content


@pytest.fixture
def mirror() -> Iterator[tuple[str, dict[str, tuple[str, bytes]]]]:
    """An index on this machine: its address, and what it answers by path."""
    answers: dict[str, tuple[str, bytes]] = {}

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = answers.get(self.path, ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/simple", answers
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("form", ["html", "json"])
def test_uv_is_fetched_from_either_form_of_index(
    tmp_path: Path, mirror: tuple[str, dict[str, tuple[str, bytes]]], pinned: bytes, form: str
) -> None:
    url, answers = mirror
    listed = f'<a href="other.whl">x</a><a href="../../files/{NAME}#sha256=0">{NAME}</a>'.encode()
    if form == "json":
        files = [{"url": "other.whl"}, {"url": f"../../files/{NAME}"}]
        listed = json.dumps({"files": files}).encode()
    answers["/simple/uv/"] = (f"text/{form}", listed)
    answers[f"/files/{NAME}"] = ("application/zip", pinned)
    program = pinned_uv.fetch(PackageIndex(url), tmp_path)
    assert program.read_bytes().startswith(b"#!/bin/sh")
    assert program.stat().st_mode & 0o111
    answers.clear()
    assert pinned_uv.fetch(PackageIndex(url), tmp_path) == program  # not asked for again


def test_a_folder_serves_as_an_index(tmp_path: Path, pinned: bytes) -> None:
    folder = tmp_path / "simple" / "uv"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(f'<a href="{NAME}">{NAME}</a>')
    (folder / NAME).write_bytes(pinned)
    assert pinned_uv.fetch(PackageIndex(f"file://{tmp_path}/simple"), tmp_path / "cache").exists()
    only = PackageIndex(folders=(str(folder),), only_folders=True)
    assert pinned_uv.fetch(only, tmp_path / "other").exists()


def test_another_file_under_the_pinned_name_is_refused(tmp_path: Path, pinned: bytes) -> None:
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / NAME).write_bytes(pinned + b"\0")
    with pytest.raises(pinned_uv.NotFetched, match="hash differs"):
        pinned_uv.fetch(PackageIndex(folders=(str(folder),), only_folders=True), tmp_path)
    assert not list(tmp_path.glob("uv-*"))


def test_an_index_without_uv_or_out_of_reach_is_named(
    tmp_path: Path, mirror: tuple[str, dict[str, tuple[str, bytes]]], pinned: bytes
) -> None:
    url, answers = mirror
    assert pinned
    with pytest.raises(pinned_uv.NotFetched, match="cannot be read: Not Found"):
        pinned_uv.fetch(PackageIndex(url), tmp_path)
    answers["/simple/uv/"] = ("text/html", b"<a href='uv-0.0.1.whl'>old</a>")
    with pytest.raises(pinned_uv.NotFetched, match="does not offer"):
        pinned_uv.fetch(PackageIndex(url), tmp_path)
    with pytest.raises(pinned_uv.NotFetched, match="refused"):
        pinned_uv.fetch(PackageIndex("http://127.0.0.1:9/simple"), tmp_path)


def test_a_machine_uv_is_not_built_for_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinned_uv.platform, "machine", lambda: "sparc64")
    with pytest.raises(pinned_uv.NotFetched, match="sparc64"):
        pinned_uv.fetch(PackageIndex(), tmp_path)
