"""A statement inside a health certificate: ours, and the European one.

A certificate's content lies under claim -260, a map by kind. Kind 1 is the European vaccination, test
and recovery certificate; negative kinds are left to issuers, and under -1 we write our own: a map

    1 version 1    2 person    3 doses    4 parts of the emergency summary, by number    5 no known allergy

with a person as [name, family, given, birth date, sex], a coded value as [system, code, text], a dose
as [vaccine, day, lot, maker, disease, number, of, by] and a line as [what, note, since, high risk].
What lies at the end of an array and is empty is left out.

Source: Electronic Health Certificate specification 1.0.5, 2.6.3 (hcert, negative keys); EU Digital
COVID Certificate JSON schema 1.3.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from openhealthcode.credential.model import (
    Coded,
    Dose,
    Emergency,
    Item,
    Loss,
    LossReason,
    Part,
    Person,
    Statement,
)

Json = Any
"""Whatever was decoded; looked at before it is believed."""

OWN_KIND: Final = -1
EUROPEAN_KIND: Final = 1
_VERSION: Final = 1
_PARTS: Final = tuple(Part)
_SNOMED: Final = "http://snomed.info/sct"
_EMA: Final = "https://www.ema.europa.eu/"
"""Products of the central register are written as ``EU/1/20/1528``."""
_EUROPEAN_DOSE: Final = frozenset({"tg", "vp", "mp", "ma", "dn", "sd", "dt", "is"})


def claims_of(statement: Statement) -> dict[int, Any]:
    """The content that states exactly this; our form has a place for all of it."""
    told = statement.emergency
    content: dict[int, Any] = {1: _VERSION, 2: _person_written(statement.person)}
    if statement.doses:
        content[3] = [_dose_written(one) for one in statement.doses]
    if told is not None:
        content[4] = {
            number: [_item_written(one) for one in told.of(part)]
            for number, part in enumerate(_PARTS, 1)
            if told.of(part)
        }
        if told.no_known_allergy:
            content[5] = True
    return content


def statement_of(content: Json) -> tuple[Statement, tuple[Loss, ...]]:
    """What a content of ours states.

    Raises:
        ValueError: not of our form.
    """
    match content:
        case {1: int(version), 2: list(person)} if version == _VERSION:
            pass
        case _:
            raise ValueError("this is no content of ours")
    emergency = None
    if 4 in content or 5 in content:
        emergency = _emergency(content.get(4, {}), no_known_allergy=content.get(5) is True)
    unknown = [Loss("?", LossReason.NOT_UNDERSTOOD)] if set(content) - {1, 2, 3, 4, 5} else []
    doses = tuple(_dose(_array(one)) for one in _array(content.get(3, [])))
    return Statement(_person(person), doses, emergency), tuple(unknown)


def statement_of_european(content: Json) -> tuple[Statement, tuple[Loss, ...]]:
    """The vaccinations of a European certificate; tests and recoveries are told as losses.

    Raises:
        ValueError: not of that form.
    """
    match content:
        case {"ver": str(), "nam": {"fnt": str()} as name, "dob": str(born)}:
            pass
        case _:
            raise ValueError("this is no European certificate")
    family = _text(name.get("fn")) or _text(name.get("fnt"))
    given = _text(name.get("gn")) or _text(name.get("gnt"))
    person = Person(family=family, given=(given,) if given else (), birth_date=born)
    listed = [_map(one) for one in _array(content.get("v") or [])]
    losses = list(_european_losses(content, listed))
    if not any(content.get(kind) for kind in ("v", "t", "r")):
        raise ValueError("a European certificate states something")
    return Statement(person, tuple(map(_european_dose, listed))), tuple(dict.fromkeys(losses))


def _european_dose(one: dict[Any, Any]) -> Dose:
    product = _text(one.get("mp"))
    return Dose(
        vaccine=Coded(_EMA, product) if product else Coded(_SNOMED, _text(one.get("vp"))),
        day=_text(one.get("dt")),
        maker=_text(one.get("ma")),
        disease=Coded(_SNOMED, _text(one.get("tg"))),
        number=_count(one.get("dn")),
        of=_count(one.get("sd")),
        by=_text(one.get("is")),
    )


def _european_losses(content: dict[Any, Any], listed: Sequence[dict[Any, Any]]) -> Iterator[Loss]:
    for kind in ("t", "r"):
        if content.get(kind):
            yield Loss(kind, LossReason.NO_PLACE)
    for one in listed:
        if one.get("mp") and one.get("vp"):
            yield Loss("v.vp", LossReason.NO_PLACE)
        for element in sorted(map(str, set(one) - _EUROPEAN_DOSE)):
            yield Loss(f"v.{element[:8]}", LossReason.NO_PLACE)


def _person_written(person: Person) -> list[Any]:
    return _short([person.name, person.family, list(person.given), person.birth_date, person.sex])


def _person(written: list[Any]) -> Person:
    name, family, given, born, sex = _full(written, 5)
    names = tuple(_text(one) for one in _array(given or []))
    return Person(_text(name), _text(family), names, _text(born), _text(sex))


def _dose_written(one: Dose) -> list[Any]:
    return _short(
        [
            _coded_written(one.vaccine), one.day, one.lot, one.maker, _coded_written(one.disease),
            one.number, one.of, one.by,
        ]
    )  # fmt: skip


def _dose(written: list[Any]) -> Dose:
    vaccine, day, lot, maker, disease, number, of, by = _full(written, 8)
    return Dose(
        _coded(vaccine), _text(day), _text(lot), _text(maker), _coded(disease), _count(number),
        _count(of), _text(by),
    )  # fmt: skip


def _emergency(parts: object, *, no_known_allergy: bool) -> Emergency:
    listed = _map(parts)
    if not set(listed) <= set(range(1, len(_PARTS) + 1)):
        raise ValueError("a part we do not know")
    items = {
        part.value: tuple(_item(_array(one)) for one in _array(listed.get(number, [])))
        for number, part in enumerate(_PARTS, 1)
    }
    return Emergency(**items, no_known_allergy=no_known_allergy)


def _item_written(one: Item) -> list[Any]:
    return _short([_coded_written(one.what), one.note, one.since, one.is_high_risk])


def _item(written: list[Any]) -> Item:
    what, note, since, danger = _full(written, 4)
    return Item(_coded(what), _text(note), _text(since), danger is True)


def _coded_written(what: Coded) -> list[str]:
    return _short([what.system, what.code, what.text])


def _coded(written: object) -> Coded:
    system, code, text = _full(_array(written or []), 3)
    return Coded(_text(system), _text(code), _text(text))


def _short(values: list[Any]) -> list[Any]:
    """Without what is empty at the end."""
    while values and not values[-1]:
        values.pop()
    return values


def _full(values: list[Any], count: int) -> list[Any]:
    if len(values) > count:
        raise ValueError("an array is longer than its form")
    return [*values, *[None] * (count - len(values))]


def _array(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("an array was expected")  # noqa: TRY004 - a wrong form, whichever
    return value


def _map(value: object) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise ValueError("a map was expected")  # noqa: TRY004 - a wrong form, whichever
    return value


def _text(value: object) -> str:
    """Words, or a day that was written as a moment."""
    if isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else ""  # a moment is a date too


def _count(value: object) -> int:
    return value if type(value) is int and value > 0 else 0
