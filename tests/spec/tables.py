"""Read the text tables in which specifications are written.

Columns are separated by ``|``; a line of dashes follows the head; an empty cell says *not limited*,
and in a request a question mark says *not known*.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import NAMESPACE_DNS, UUID, uuid5

from openhealthcode.consent import AccessRequest, EntryFacts, Manner, Provision, Rule, Uses
from openhealthcode.registry import InstitutionKind
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, SensitiveCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a table by column name."""
    lines = [line for line in text.splitlines() if line.strip() and set(line.strip()) - set("-+ ")]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]


def named(name: str) -> UUID:
    """The same id for the same name, everywhere in the tests."""
    return uuid5(NAMESPACE_DNS, name)


def provisions(text: str) -> list[Provision]:
    """Provisions from a table; ``institution/practitioner`` in one column ``who``."""
    return [_provision(row) for row in rows(text)]


def _provision(row: dict[str, str]) -> Provision:
    institution, _, practitioner = row.get("who", "").partition("/")
    return Provision(
        consent_id=ConsentId(named(row.get("consent", "consent"))),
        rule=Rule(row["rule"]),
        purpose=PurposeOfUse(row.get("why") or "TREAT"),
        categories=frozenset(map(RecordCategory, row["what"].split())),
        sensitive=frozenset(map(SensitiveCategory, row.get("closed kinds", "").split())),
        institution_id=InstitutionId(named(institution)) if institution else None,
        practitioner_id=PractitionerId(named(practitioner)) if practitioner else None,
        department=row.get("department") or None,
        institution_kind=_kind(row.get("kind of institution", "")),
        scenes=frozenset(map(Scene, row["scenes"].split())) if row.get("scenes") else None,
        manner=Manner(row.get("manner") or "view"),
        from_day=_day(row.get("days from", "")),
        until_day=_day(row.get("days until", "")),
        up_to_number=int(row["up to"]) if row.get("up to") else None,
        start_at=_moment(row.get("from") or "2026-01-01"),
        end_at=_moment(row.get("until") or "2027-01-01"),
        uses=Uses(int(row["visits"]), _made(row.get("been", ""))) if row.get("visits") else None,
        is_seal=row.get("by order") == "yes",
    )


def _made(text: str) -> tuple[tuple[UUID, datetime], ...]:
    """``name@moment``, in words between spaces."""
    parts = [made.partition("@") for made in text.split()]
    return tuple((named(name), _moment(moment)) for name, _, moment in parts)


def request(text: str) -> AccessRequest:
    """``institution/practitioner  purpose  moment``, then what else is known of it.

    That is ``department:…``, ``kind:…``, ``scene:…`` and ``keep``. An institution alone is its
    system.
    """
    who, purpose, moment, *more = text.split()
    institution, _, practitioner = who.partition("/")
    known = dict(one.partition(":")[::2] for one in more)
    return AccessRequest(
        InstitutionId(named(institution)) if institution != "?" else None,
        PractitionerId(named(practitioner)) if practitioner else None,
        PurposeOfUse(purpose) if purpose != "?" else None,
        _moment(moment),
        known.get("department"),
        _kind(known.get("kind", "")),
        Scene(known["scene"]) if "scene" in known else None,
        Manner.KEEP if "keep" in known else Manner.VIEW,
    )


def entries(text: str) -> dict[str, EntryFacts]:
    """Entries from a table, by name."""
    return {
        row["entry"]: EntryFacts(
            RecordCategory(row["what"]) if row["what"] != "?" else None,
            frozenset(map(SensitiveCategory, row.get("closed kinds", "").split())),
            _day(row.get("day", "")),
            int(row.get("filed by") or 1),
        )
        for row in rows(text)
    }


def _kind(text: str) -> InstitutionKind | None:
    return InstitutionKind(text) if text else None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
