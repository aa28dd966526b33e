"""Recognises a recorded vaccine, whoever wrote it down and in which words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from openhealthcode.record.immunisation.model import Given
from openhealthcode.record.plain.concept import codes_of
from openhealthcode.record.plain.dates import as_date, when_of
from openhealthcode.record.plain.fields import Json, first_of, mappings_of, number_of, text_of

_CVX: Final = "http://hl7.org/fhir/sid/cvx"
_SPACES: Final = re.compile(r"\s")


class _Vaccine(NamedTuple):
    key: str
    words: tuple[str, ...]
    counts: frozenset[str]


def given_in(resources: Sequence[Json]) -> tuple[Given, ...]:
    """Every recorded vaccination that the programme knows, in the order of the resources.

    What was entered in error is not there; what the programme does not know of is passed over.
    """
    return tuple(_given(resources))


def _given(resources: Sequence[Json]) -> Iterator[Given]:
    for place, resource in enumerate(resources):
        if resource.get("resourceType") != "Immunization":
            continue
        status = str(resource.get("status"))
        vaccine = _recognised(resource) if status in {"completed", "not-done"} else None
        if vaccine is not None:
            when = when_of(resource)
            yield Given(
                vaccine=vaccine.key,
                counts=vaccine.counts,
                day=as_date(when) if len(when) == len("2020-01-01") else None,
                number=_number(resource),
                was_given=status == "completed",
                entry=place,
            )


def _recognised(resource: Json) -> _Vaccine | None:
    concept = resource.get("vaccineCode")
    by_code, in_order = _vaccines()
    for system, code in codes_of(concept):
        if system == _CVX and code in by_code:
            return by_code[code]
    for name in _names(concept):
        for vaccine in in_order:
            if any(word in name for word in vaccine.words):
                return vaccine
    return None


def _names(concept: object) -> Iterator[str]:
    """What the vaccine is called, without spaces, as the author writes it and as its code says."""
    for one in mappings_of(concept):
        texts = [
            one.get("text"),
            *(coding.get("display") for coding in mappings_of(one.get("coding"))),
        ]
        for text in texts:
            if name := text_of(text, 120):
                yield _SPACES.sub("", name)


def _number(resource: Json) -> int:
    protocol = first_of(resource.get("protocolApplied"))
    number = number_of(protocol.get("doseNumberPositiveInt"))
    if number is None:
        written = text_of(protocol.get("doseNumberString"), 2)
        number = float(written) if written.isascii() and written.isdigit() else 0.0
    return int(number) if 0 < number < 10 else 0


@cache
def _vaccines() -> tuple[dict[str, _Vaccine], tuple[_Vaccine, ...]]:
    text = files(__package__).joinpath("vaccines.toml").read_text("utf-8")
    by_code: dict[str, _Vaccine] = {}
    in_order = []
    for one in tomllib.loads(text)["vaccine"]:
        vaccine = _Vaccine(one["key"], tuple(one["words"]), frozenset(one["counts"]))
        in_order.append(vaccine)
        by_code |= dict.fromkeys(one["cvx"], vaccine)
    return by_code, tuple(in_order)
