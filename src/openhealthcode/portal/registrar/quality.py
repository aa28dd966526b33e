"""How sound the registrations of this institution are: what was doubtful, by rule; nobody's names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.identity import quality
from openhealthcode.identity.quality import Effect
from openhealthcode.portal.layout import Language, language_of, platform_of, render
from openhealthcode.sign_in import StaffSession

_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class QualityLine:
    """One rule that found something."""

    said: str
    effect: Effect | None
    count: int
    share: float
    of_region: float
    """The same share over all institutions."""

    @property
    def stands_out(self) -> bool:
        """Whether it happens here much more often than elsewhere."""
        return self.share > 2 * self.of_region


async def show_quality(request: Request, clerk: StaffSession) -> Response:
    """The institution's own figures beside those of the region."""
    pool = platform_of(request).pool
    since = (datetime.now(UTC).date() - timedelta(days=_DAYS)).replace(day=1)
    found = await quality.report(pool, since)
    own = next((one for one in found if one.institution_id == clerk.institution_id), None)
    received = sum(one.received for one in found)
    of_region = {
        code: sum(rule.count for one in found for rule in one.found if rule.code == code)
        for code in {rule.code for one in found for rule in one.found}
    }
    lines = [
        QualityLine(
            _said(rule.code, language_of(request)),
            _effect(rule.code),
            rule.count,
            rule.share,
            of_region[rule.code] / max(received, 1),
        )
        for rule in (own.found if own else ())
    ]
    return render(
        request,
        "registrar/quality.html",
        lines=sorted(lines, key=lambda line: (not line.stands_out, -line.share)),
        received=own.received if own else 0,
        since=since,
    )


def _said(code: str, language: Language) -> str:
    rule = quality.in_force().of(code)
    if rule is None:  # of an edition that is no longer in force
        return code
    return rule.zh if language is Language.CHINESE else rule.en


def _effect(code: str) -> Effect | None:
    rule = quality.in_force().of(code)
    return rule.effect if rule else None
