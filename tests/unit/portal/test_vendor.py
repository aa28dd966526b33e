"""Browser code of others is exactly what was delivered, and says under which licence."""

import tomllib
from hashlib import sha256

from openhealthcode.portal.layout.assets import PORTAL

_VENDOR = PORTAL / "vendor"
_MANIFEST = tomllib.loads((_VENDOR / "manifest.toml").read_text("utf-8"))


def test_every_file_has_the_digest_it_was_taken_with():
    found = {
        package.name: {
            path.name: sha256(path.read_bytes()).hexdigest() for path in package.iterdir()
        }
        for package in (_VENDOR / "assets").iterdir()
    }
    assert found == {name: package["sha256"] for name, package in _MANIFEST.items()}


def test_every_package_names_its_origin_and_brings_its_licence():
    for package in _MANIFEST.values():
        assert package["source"].endswith("@" + package["version"])
        assert package["integrity"].startswith("sha512-")
        assert package["licence"]
        assert any(name.startswith("LICENSE") for name in package["sha256"])


def test_the_decoder_is_the_one_the_detector_was_made_for():
    detector = (_VENDOR / "assets/barcode-detector/zxing-exported.js").read_text("utf-8")
    assert f"zxing-wasm@{_MANIFEST['zxing-wasm']['version']}" in detector
    assert _MANIFEST["zxing-wasm"]["sha256"]["zxing_reader.wasm"] in detector
