"""Notices: their words, once used, stay as they are."""

from __future__ import annotations

import hashlib

import pytest

from openhealthcode.portal.layout import Language
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.resident.notice import VERSION

USED = {
    ("v1", Language.CHINESE): "ebd9de666750e50d",
    ("v1", Language.ENGLISH): "51b89f6ac0978e1f",
    ("v2", Language.CHINESE): "31aaad0f576dcd33",
    ("v2", Language.ENGLISH): "a1a324f0dc661435",
}


def digest(version: str, language: Language) -> str:
    sentences = catalogue(language).sentences
    prefix = f"consent.notice.{version}."
    words = sorted((key, *forms.values()) for key, forms in sentences.items() if prefix in key)
    return hashlib.sha256(repr(words).encode()).hexdigest()[:16]


@pytest.mark.parametrize(("version", "language"), USED)
def test_the_words_of_a_version_never_change(version, language):
    """If this fails you have reworded a notice that somebody consented to: add a version."""
    assert digest(version, language) == USED[version, language]


def test_the_version_in_use_is_known_here():
    assert (VERSION, Language.CHINESE) in USED
