"""How the server process is run: its port, its proxies, its transport."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from openhealthcode.commands.installation import (
    DemonstrationFound,
    mark_as_demonstration,
    of_demonstration,
    refuse_demonstration,
)
from openhealthcode.commands.serve import serve
from openhealthcode.commands.server import PortTaken, listen, options
from openhealthcode.settings import SettingRefused, Settings


def test_a_taken_port_is_named_with_another_to_try():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"port {port} .* --port {port + 1}|--port {port + 2}"):
            listen("127.0.0.1", port)


def test_a_free_port_is_held_from_the_first_moment_on():
    with listen("127.0.0.1", 0) as held:
        assert held.getsockname()[1] > 0


def test_no_proxy_is_believed_unless_it_is_named(tmp_path):
    assert options(Settings(tmp_path))["proxy_headers"] is False
    named = options(Settings(tmp_path, trusted_proxies="10.0.0.1, 10.0.0.2"))
    assert named["proxy_headers"] is True
    assert named["forwarded_allow_ips"] == ["10.0.0.1", "10.0.0.2"]


def test_no_header_tells_what_serves(tmp_path):
    assert options(Settings(tmp_path))["server_header"] is False


def test_production_does_not_start_in_the_clear(tmp_path):
    with pytest.raises(SettingRefused, match="OHC_TLS_CERTIFICATE"):
        serve(Settings(tmp_path), host="127.0.0.1", port=0, workers=1)


def test_a_certificate_without_its_key_is_refused(tmp_path):
    settings = Settings(tmp_path, tls_certificate=Path("chain.pem"))
    with pytest.raises(SettingRefused, match="together"):
        serve(settings, host="127.0.0.1", port=0, workers=1)


def test_production_does_not_start_with_a_demonstrations_keys(tmp_path):
    settings = Settings(tmp_path, trusted_proxies="127.0.0.1")
    refuse_demonstration(settings)
    mark_as_demonstration(settings)
    with pytest.raises(DemonstrationFound):
        serve(settings, host="127.0.0.1", port=0, workers=1)


def test_a_demonstration_keeps_to_a_folder_of_its_own(tmp_path):
    ours = of_demonstration(Settings(tmp_path))
    assert ours.data_directory == tmp_path / "demo"
    assert ours.keys_at == tmp_path / "demo" / "keys"
