"""Code tables of certificate kinds: the same document has different codes in different texts.

One provincial text gives the birth certificate code 08 in one table and sends it as 99 in another.
The tables are data (``certificate_tables.toml``); what a number becomes is decided here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from openhealthcode.standards.certificate import Certificate
from openhealthcode.standards.certificate_kind import CertificateKind, CertificateMalformed
from openhealthcode.standards.errors import InvalidInput
from openhealthcode.standards.national_id import NotANationalId

_SOURCE: Final = "source"
_NAMES_A_CODE: Final = 2


class UnknownCertificateTable(InvalidInput):
    """There is no table of certificate kinds of this name."""


@dataclass(frozen=True, slots=True)
class CertificateTable:
    """One text's codes, and what they stand for here."""

    name: str
    source: str
    kinds: Mapping[str, tuple[CertificateKind, ...]]

    @classmethod
    def named(cls, name: str) -> CertificateTable:
        """A table by its name in the file.

        Raises:
            UnknownCertificateTable: there is none.
        """
        table = _tables().get(name)
        if table is None:
            raise UnknownCertificateTable
        return table

    @classmethod
    def all(cls) -> tuple[CertificateTable, ...]:
        """Every table there is, in the order of the file."""
        return tuple(_tables().values())

    def read(self, code: str, text: str, issuer: str = "") -> Certificate:
        """The certificate a code and a number stand for, as old registers hold it.

        Raises:
            CertificateMalformed, NotANationalId: an unknown code, or a number of none of its kinds.
        """
        kinds = self.kinds.get(code.strip().zfill(_NAMES_A_CODE))
        if kinds is None:
            raise CertificateMalformed("the table has no such kind of certificate")
        *earlier, last = kinds
        for kind in earlier:
            try:
                return Certificate.from_register(kind, text, issuer)
            except (CertificateMalformed, NotANationalId):
                continue
        return Certificate.from_register(last, text, issuer)

    def code_of(self, kind: CertificateKind) -> str | None:
        """The code under which this text knows a kind; none when it does not."""
        return next((code for code, kinds in self.kinds.items() if kind in kinds), None)


@cache
def _tables() -> Mapping[str, CertificateTable]:
    text = files("openhealthcode.standards").joinpath("certificate_tables.toml").read_text("utf-8")
    return MappingProxyType(
        {name: _table(name, table) for name, table in tomllib.loads(text).items()}
    )


def _table(name: str, table: Mapping[str, str | list[str]]) -> CertificateTable:
    kinds = {
        code: tuple(map(CertificateKind, each)) for code, each in table.items() if code != _SOURCE
    }
    return CertificateTable(name, str(table[_SOURCE]), MappingProxyType(kinds))
