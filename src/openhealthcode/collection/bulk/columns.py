"""Read a row of named columns as a registration; which names there are is data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from openhealthcode.identity import Registration, RegistrationMalformed
from openhealthcode.standards import (
    Certificate,
    CertificateTable,
    InvalidInput,
    NotAPhone,
    Phone,
    Sex,
)

_NUMBERED = re.compile(r"(.+?)[-_]?([2-9])")
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T ].*)?", re.ASCII)
_FIRST: Final = ""
_NATIONAL: Final = "01"
_NEEDED: Final = ("name", "certificate-number")


class TableMalformed(InvalidInput):
    """The table's columns or characters are not what can be read."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a table holds what.

    Args:
        places: for each column, what it holds and of which certificate ("" for the first); none,
            if it is left out.
        kinds: the table that certificate kinds are written in.
    """

    places: tuple[tuple[str, str] | None, ...]
    kinds: CertificateTable

    @classmethod
    def of(
        cls,
        header: Sequence[str],
        kinds: CertificateTable,
        left_out: Collection[str] = (),
    ) -> Columns:
        """Read a header.

        Args:
            header: the names of the columns.
            kinds: the table that certificate kinds are written in.
            left_out: names of columns that are left out on purpose.

        Raises:
            TableMalformed: a column nobody knows, one twice, or none for name or number.
        """
        places: list[tuple[str, str] | None] = []
        for number, text in enumerate(header, start=1):
            if text in left_out:
                places.append(None)
                continue
            place = _place(text)
            if place is None:  # not repeated: a table without a header has a person here
                raise TableMalformed(f"column {number} has no known name")
            if place in places:
                raise TableMalformed(f"column {number} says again what another says")
            places.append(place)
        for needed in _NEEDED:
            if (needed, _FIRST) not in places:
                raise TableMalformed(f"there is no column {needed}")
        return cls(tuple(places), kinds)

    def registration(self, values: Sequence[object]) -> Registration:
        """What a row says about who this is.

        Raises:
            RegistrationMalformed: another number of values than columns, or a date, a sex or a
                phone that is none.
            CertificateMalformed, NotANationalId: a certificate that cannot be one.
        """
        if len(values) != len(self.places):
            raise RegistrationMalformed("the row has not as many values as there are columns")
        said = {
            place: text
            for place, value in zip(self.places, values, strict=True)
            if place is not None and value is not None and (text := str(value).strip())
        }
        return Registration(
            certificates=tuple(self._certificates(said)),
            name=said.get(("name", _FIRST), ""),
            sex=_sex(said.get(("sex", _FIRST), "")),
            birth_date=_date(said.get(("birth-date", _FIRST))),
            phone=_phone(said.get(("phone", _FIRST))),
            address=said.get(("address", _FIRST), ""),
            language=said.get(("language", _FIRST), "zh-CN"),
            mother=self._mother(said),
        )

    def _certificates(self, said: Mapping[tuple[str, str], str]) -> Iterator[Certificate]:
        for what, which in filter(None, self.places):
            text = said.get((what, which)) if what == "certificate-number" else None
            if text is not None:
                read = self.kinds.read(
                    said.get(("certificate-kind", which), _NATIONAL),
                    text,
                    said.get(("certificate-issuer", which), ""),
                )
                until = _date(said.get(("certificate-until", which)))
                yield Certificate(read.kind, read.number, read.issuer, valid_until=until)

    def _mother(self, said: Mapping[tuple[str, str], str]) -> Certificate | None:
        text = said.get(("mother-number", _FIRST))
        if text is None:
            return None
        return self.kinds.read(said.get(("mother-kind", _FIRST), _NATIONAL), text)


def _place(header: str) -> tuple[str, str] | None:
    text = header.strip().casefold()
    known = _names().get(text)
    if known is not None:
        return known, _FIRST
    numbered = _NUMBERED.fullmatch(text)
    what = _names().get(numbered.group(1)) if numbered else None
    if numbered is None or what is None or not what.startswith("certificate-"):
        return None
    return what, numbered.group(2)


def _sex(text: str) -> Sex:
    sex = _sexes().get(text.casefold())
    if sex is None:
        raise RegistrationMalformed("this stands for no sex")
    return sex


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    parts = _DATE.fullmatch(text)
    try:
        return date(*map(int, parts.groups())) if parts else date.fromisoformat("")
    except ValueError:
        raise RegistrationMalformed("this is no date") from None


def _phone(text: str | None) -> Phone | None:
    """A number that cannot receive a code is as good as none."""
    try:
        return Phone.parse(text) if text else None
    except NotAPhone:
        return None


@cache
def _names() -> Mapping[str, str]:
    return {name: what for what, names in _data()["names"].items() for name in names}


@cache
def _sexes() -> Mapping[str, Sex]:
    return {text: Sex(sex) for sex, texts in _data()["sexes"].items() for text in texts}


@cache
def _data() -> Mapping[str, Mapping[str, list[str]]]:
    text = files("openhealthcode.collection.bulk").joinpath("columns.toml").read_text("utf-8")
    return tomllib.loads(text)
