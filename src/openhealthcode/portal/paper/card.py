"""The card and the temporary code as PDFs: A6, the code at level Q, whose it is, what it is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from starlette.responses import Response

from openhealthcode.access import PrintedCard
from openhealthcode.healthcode import CodeType, picture
from openhealthcode.portal.layout import Language, inert
from openhealthcode.portal.layout.dates import known_day
from openhealthcode.portal.layout.messages import Catalogue, catalogue
from openhealthcode.portal.paper.pdf import typeset
from openhealthcode.standards import OFFICIAL_TIME

_CARD_LINES = ("shows", "opens", "lost", "not-a-pass")
_TEMPORARY_LINES = ("shows", "opens", "later", "not-a-pass")


@dataclass(frozen=True, slots=True)
class Back:
    """The emergency summary its holder chose to have on the back of a card.

    Args:
        text: of its code.
        kind: ``words``, which any telephone reads, or ``certificate`` (HC1) for those who know it.
    """

    text: str = field(repr=False)
    kind: str
    made: date
    until: date


async def print_card(card: PrintedCard, language: Language, back: Back | None = None) -> Response:
    """Set a card and answer with it, to be printed and not kept.

    Args:
        card: what was given out.
        language: of the words around it.
        back: what is on its back, if anything.

    Raises:
        PrintingNotInstalled, NotPrinted: as ``typeset`` says.
    """
    said = catalogue(language)
    kind = "card" if card.given.kind is CodeType.PRINTED else "temporary"
    last_day = str(known_day(card.given.last_day.isoformat(), language).striptags())
    lines = _CARD_LINES if kind == "card" else _TEMPORARY_LINES
    values: dict[str, object] = {
        "title": said.plain(f"paper.{kind}.title"),
        "name": inert(card.name),
        "svg": picture.draw(card.given.digits, picture.Level.QUARTILE),
        "alt": said.plain(f"paper.{kind}.alt"),
        "valid": said.plain(f"paper.{kind}.valid", version=card.given.version, until=last_day),
        "know": [said.plain(f"paper.{kind}.{line}") for line in lines],
        "unprinted": said.plain("paper.unprinted-name"),
        "summary": _summary(back, said),
    }
    now = datetime.now(UTC)
    printed = await typeset("card", values, language=language, made_at=now)
    response = Response(printed.pdf, media_type="application/pdf")
    name = f"health-code-{kind}-{now.astimezone(OFFICIAL_TIME):%Y-%m-%d}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _summary(back: Back | None, said: Catalogue) -> dict[str, object] | None:
    if back is None:
        return None
    made, until = (
        str(known_day(day.isoformat(), said.language).striptags())
        for day in (back.made, back.until)
    )
    return {
        "title": said.plain("carried.title"),
        "svg": picture.draw(back.text),
        "alt": said.plain(f"paper.summary.alt-{back.kind}"),
        "valid": said.plain("carried.valid", made=made, until=until),
        "know": [said.plain(f"paper.summary.{back.kind}"), said.plain("paper.summary.old")],
    }
