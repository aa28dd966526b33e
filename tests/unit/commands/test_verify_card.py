"""`ohc verify-card`: what it prints, what it refuses, what it signs anew."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from credentials import BOTH, VACCINATED, Issuing
from openhealthcode import credential
from openhealthcode.access import carried
from openhealthcode.commands.screen import screen
from openhealthcode.commands.verify_card import verify_card
from openhealthcode.credential import Form, IssuedBy, UnknownCredentialIssuer, issue_fitting
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import Keys, elsewhere

PUBLIC = "https://region.example"
VECTORS = Path(__file__).resolve().parents[3] / "docs/vectors/credentials.json"


@pytest.fixture
def settings(tmp_path) -> Settings:
    made = replace(Settings(data_directory=tmp_path), public_url=PUBLIC)
    Keys.open(made.keys_at).close()
    return made


def run(settings: Settings, tmp_path: Path, text: str, to: str = "") -> list[str]:
    file, said = tmp_path / "card.txt", StringIO()
    file.write_text(text)
    assert verify_card(settings, screen(said, width=400), file, to) == 0
    return said.getvalue().splitlines()


def accept(settings: Settings) -> None:
    """Believe the issuer of the published vectors, by its published keys."""
    vectors = json.loads(VECTORS.read_text())
    data = json.dumps(vectors["jwks"]).encode()
    _, found = elsewhere.read_published(data, _now(), address=vectors["address"])
    elsewhere.accept(settings.keys_at, "vectors", found.keys)


def _now() -> datetime:
    return datetime.now(UTC)


def test_our_own_card_is_told_with_who_vouches(settings, tmp_path):
    keys = Keys.open(settings.keys_at)
    by = IssuedBy(keys.card_signer(), PUBLIC, "region.example")
    made = issue_fitting(Form.CERTIFICATE, by, BOTH, issued_at=_now(), rid="")
    keys.close()
    said = run(settings, tmp_path, made.text)
    assert said[0] == "王敏, female, 1987-03-05"
    assert "allergies: 青霉素, HIGH RISK, 皮疹, 2001" in said
    assert any(line.startswith("vaccination: 207, 2021-03-04, 1/2, A12") for line in said)
    assert any(line.startswith("Signed by region.example on") for line in said)


def test_a_card_of_somebody_who_was_accepted_is_signed_anew(settings, tmp_path):
    text = json.loads(VECTORS.read_text())["good"][0]["text"]
    with pytest.raises(UnknownCredentialIssuer):
        run(settings, tmp_path, text)
    accept(settings)
    said = run(settings, tmp_path, text, "hc1")
    keys = Keys.open(settings.keys_at)
    issuers = carried.believed_offline(
        keys, settings.keys_at, address=PUBLIC, name="region.example"
    )
    keys.close()
    again = credential.read(said[-1], issuers, _now())
    assert (again.issuer, again.statement.doses) == ("region.example", VACCINATED.doses)


def test_what_cannot_be_done_is_said(settings, tmp_path):
    other = Issuing().issue(Form.HEALTH_CARD, VACCINATED).text
    with pytest.raises(InvalidInput):
        run(settings, tmp_path, other, "pdf")
    with pytest.raises(InvalidInput):
        verify_card(settings, screen(), tmp_path / "missing", "")
    with pytest.raises(InvalidInput):
        run(Settings(data_directory=tmp_path / "empty"), tmp_path, other)
    accept(settings)
    nameless = replace(settings, public_url="")
    with pytest.raises(InvalidInput):
        run(nameless, tmp_path, json.loads(VECTORS.read_text())["good"][0]["text"], "shc")
