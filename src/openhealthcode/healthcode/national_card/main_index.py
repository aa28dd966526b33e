"""The main index (主索引) a card's id is made from: 32 bytes that stand for a person.

How they come about is the business of whoever runs the card's scheme, and differs. Two rules are
here; another is a function that a package offers under the entry point ``openhealthcode.main_index``.
All regions that are to make the same id for the same person have to use the same rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Final

from openhealthcode.standards import Certificate, InvalidInput
from openhealthcode.trust import sm3

MainIndexRule = Callable[[Certificate, str], bytes]
"""A certificate and the name on it in, 32 bytes out."""

ENTRY_POINT: Final = "openhealthcode.main_index"


def by_certificate(certificate: Certificate, name: str) -> bytes:  # noqa: ARG001 - as every rule
    """SM3 of the certificate's kind and number."""
    return sm3((certificate.kind + certificate.number).encode())


def by_certificate_and_name(certificate: Certificate, name: str) -> bytes:
    """SM3 of the certificate's kind and number and the name."""
    return sm3((certificate.kind + certificate.number + name).encode())


_RULES: Final[Mapping[str, MainIndexRule]] = {
    "sm3-certificate": by_certificate,
    "sm3-certificate-name": by_certificate_and_name,
}
_chosen: list[MainIndexRule] = [by_certificate]


def main_index_rule(name: str) -> MainIndexRule:
    """The rule of this name, one of ours or one of an installed package.

    Raises:
        InvalidInput: there is none.
    """
    if name in _RULES:
        return _RULES[name]
    for found in entry_points(group=ENTRY_POINT, name=name):
        rule: MainIndexRule = found.load()
        return rule
    raise InvalidInput("no rule for the main index has this name")


def choose_main_index(name: str) -> None:
    """Make every card of this process by the rule of this name; from the settings, at the start.

    Raises:
        InvalidInput: there is none.
    """
    _chosen[0] = main_index_rule(name)


def main_index(certificate: Certificate, name: str) -> bytes:
    """A person's main index by the rule in force."""
    return _chosen[0](certificate, name)
