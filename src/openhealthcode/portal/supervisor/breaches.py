"""Leaks: opening a case, each step, whom it concerns in numbers, the draft of the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from openhealthcode import registry
from openhealthcode.access.affected import Affected, Code
from openhealthcode.portal.layout import (
    PLAIN,
    Form,
    inert,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.portal.supervisor.names import Names, names_of
from openhealthcode.standards import OFFICIAL_TIME, InvalidInput, NotFound
from openhealthcode.supervision import breach as dealing
from openhealthcode.supervision.breach import (
    Breach,
    BreachState,
    BreachStep,
    Clocks,
    NotInThisBreach,
    StepKind,
    Suspect,
    What,
)

_HOME: Final = "/supervision/breaches"
_WORDS: Final = ("kinds", "cause", "harm", "measures", "advice", "contact")
_MOMENTS: Final = ("since", "until", "known_at")
_DAYS: Final = (30, 90, 180, 366)
"""Official time; a form's moments are said in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachView:
    """A case as the pages show it."""

    breach: Breach
    state: BreachState
    clocks: Clocks
    suspect: str
    opened_by: str
    steps: tuple[tuple[BreachStep, str], ...] = ()
    may_close: bool = False
    """Whether the reader is another than who asked to close it."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed and has to be typed again differently."""

    fields: dict[str, str] = field(default_factory=dict, repr=False)

    def text(self, name: str) -> str:
        """One field."""
        return self.fields.get(name, "")


async def show_breaches(request: Request, seat: Seat) -> Response:
    """Every case, the newest first, with its clocks."""
    platform = platform_of(request)
    found = await dealing.breaches(platform.pool, platform.keys, seat.session)
    views = [await _view(request, seat, *one) for one in found]
    return render(request, "supervisor/breaches.html", office=seat.office, breaches=views)


async def show_form(request: Request, seat: Seat) -> Response:
    """What is known, in the words of the notice."""
    return _form(request, seat, _Typed())


async def begin(request: Request, seat: Seat) -> Response:
    """Open a case."""
    platform, form = platform_of(request), await read_form(request)
    names = (*_WORDS, *_MOMENTS, "suspect", "institution", "number")
    typed = _Typed({name: form.text(name)[:1_100] for name in names})
    try:
        what = await _what(request, form)
        breach_id = await dealing.begin(platform.pool, platform.keys, seat.session, what)
    except NotFound:
        return _form(request, seat, typed, problem="suspect")
    except (InvalidInput, ValueError):
        return _form(request, seat, typed, problem="words")
    return see_other(f"{_HOME}/{breach_id}")


async def show_breach(request: Request, seat: Seat) -> Response:
    """One case."""
    return await _show(request, seat)


async def take_step(request: Request, seat: Seat) -> Response:
    """Take one step; what it came to is on the page."""
    form = await read_form(request)
    wanted = form.text("step")
    if wanted not in set(StepKind):
        raise InvalidInput("not a step of this page")
    try:
        seen = await _take(request, seat, StepKind(wanted), form)
    except InvalidInput:
        return await _show(request, seat, problem="words", status=422)
    except NotInThisBreach:
        return await _show(request, seat, problem="not-open", status=409)
    if seen is not None:
        return await _show(request, seat, seen=seen)
    return see_other(f"{_HOME}/{request.path_params['id']}?done={wanted}")


async def draft_report(request: Request, seat: Seat) -> Response:
    """The report to the authority as a text to check, complete and send."""
    platform = platform_of(request)
    breach_id = request.path_params["id"]
    found = await dealing.breach(platform.pool, platform.keys, breach_id, seat.session)
    view = await _view(request, seat, *found)
    named = f'attachment; filename="report-{view.breach.breach_id}.txt"'
    text = _report(view, catalogue(language_of(request)).plain)
    return PlainTextResponse(text, headers=PLAIN.headers() | {"content-disposition": named})


def _report(one: BreachView, plain: Callable[[str], str]) -> str:
    """The draft: what is known, in the words the residents read, and what was done so far."""
    what = one.breach.what
    through = f"{plain(f'breaches.suspect.{what.suspect}')} {one.suspect}"
    known = [
        (plain("breaches.known-at"), _told(what.known_at)),
        (plain("breaches.since"), _told(what.since)),
        (plain("breaches.until"), _told(what.until)),
        (plain("breaches.through"), through),
        *((plain(f"breaches.words.{name}"), getattr(what, name)) for name in _WORDS),
    ]
    lines = [f"{label}: {inert(text)}" for label, text in known]
    done = [_line(step, plain) for step, _ in one.steps] or [plain("breaches.nothing-yet")]
    head = [plain("breaches.report.title"), "", plain("breaches.report.draft"), ""]
    return "\n".join([*head, *lines, "", f"{plain('breaches.done-so-far')}:", *done]) + "\n"


def _line(step: BreachStep, plain: Callable[[str], str]) -> str:
    reached = f" {step.done}/{step.of}" if step.of else ""
    words = step.words
    if step.kind is StepKind.TAKE_BACK:
        words = ", ".join(plain(f"breaches.codes.{code}") for code in words.split())
    said = f" ({inert(words)})" if words else ""
    return f"- {_told(step.at)} {plain(f'breaches.step.{step.kind}')}{reached}{said}"


def _told(at: datetime) -> str:
    return at.astimezone(OFFICIAL_TIME).strftime("%Y-%m-%d %H:%M")


async def _take(request: Request, seat: Seat, kind: StepKind, form: Form) -> Affected | None:
    platform, breach_id = platform_of(request), UUID(str(request.path_params["id"]))
    pool, keys, outbox = platform.pool, platform.keys, platform.outbox
    supervisor, words = seat.session, form.text("words")
    match kind:
        case StepKind.CONTAIN:
            await dealing.contain(pool, keys, breach_id, supervisor)
        case StepKind.SEE:
            return await dealing.see_affected(pool, keys, breach_id, supervisor)
        case StepKind.SEAL:
            days = form.text("days")
            length = int(days) if days in set(map(str, _DAYS)) else 0
            await dealing.seal(pool, keys, outbox, breach_id, supervisor, length)
        case StepKind.NOTIFY:
            await dealing.notify(pool, keys, outbox, breach_id, supervisor)
        case StepKind.TAKE_BACK:
            codes = frozenset(code for code in Code if code in form.all("code"))
            await dealing.take_codes_back(pool, keys, outbox, breach_id, supervisor, codes)
        case StepKind.REPORT:
            await dealing.note_report(pool, keys, breach_id, supervisor, words)
        case StepKind.ASK_CLOSE:
            await dealing.ask_to_close(pool, keys, breach_id, supervisor, words)
        case StepKind.CLOSE:
            await dealing.close(pool, keys, breach_id, supervisor)
    return None


async def _show(
    request: Request,
    seat: Seat,
    *,
    seen: Affected | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    platform = platform_of(request)
    breach_id = request.path_params["id"]
    found = await dealing.breach(platform.pool, platform.keys, breach_id, seat.session)
    done = request.query_params.get("done", "")
    return render(
        request,
        "supervisor/breach.html",
        status=status,
        office=seat.office,
        one=await _view(request, seat, *found),
        seen=seen,
        lengths=_DAYS,
        codes=tuple(Code),
        problem=problem,
        done=done if done in set(StepKind) else "",
    )


def _form(request: Request, seat: Seat, typed: _Typed, *, problem: str = "") -> Response:
    return render(
        request,
        "supervisor/breach_new.html",
        status=422 if problem else 200,
        office=seat.office,
        typed=typed,
        suspects=tuple(Suspect),
        words=_WORDS,
        moments=_MOMENTS,
        problem=problem,
    )


async def _what(request: Request, form: Form) -> What:
    """What the form says.

    Raises:
        NotFound: the register knows nobody so named.
        InvalidInput, ValueError: not what our page sends.
    """
    suspect = Suspect(form.text("suspect"))
    since, until, known_at = (_moment(form.text(name)) for name in _MOMENTS)
    return What(
        suspect=suspect,
        agent_id=await _agent(request, suspect, form.text("institution"), form.text("number")),
        since=since,
        until=until,
        known_at=known_at,
        **{name: " ".join(form.text(name).split()) for name in _WORDS},
    )


async def _agent(request: Request, suspect: Suspect, institution: str, number: str) -> UUID:
    """Whom the form names: an institution by its whole name, there a staff number or a system."""
    pool = platform_of(request).pool
    named = await registry.institutions_named(pool, institution) if institution else []
    place = next((one for one in named if institution in {one.name, one.name_en}), None)
    if place is None:
        raise NotFound
    if suspect is Suspect.INSTITUTION:
        return place.institution_id
    if suspect is Suspect.PRACTITIONER:
        staff = await registry.staff(pool, place.institution_id)
        found: list[UUID] = [
            one.practitioner_id for one in staff if number and one.staff_number == number
        ]
    else:
        systems = await registry.systems_of(pool, place.institution_id)
        found = [one.system_id for one in systems if one.name == number]
    if not found:
        raise NotFound
    return found[0]


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=OFFICIAL_TIME).astimezone(UTC)


async def _view(
    request: Request, seat: Seat, one: Breach, steps: tuple[BreachStep, ...], at: datetime
) -> BreachView:
    suspect, agent_id = one.what.suspect, one.what.agent_id
    is_person, is_system = suspect is Suspect.PRACTITIONER, suspect is Suspect.SYSTEM
    names: Names = await names_of(
        request,
        people=[one.opened_by, agent_id if is_person else None, *(step.by for step in steps)],
        systems=[agent_id if is_system else None],
        places=[None if is_person or is_system else agent_id],
    )
    asked = next((step.by for step in steps if step.kind is StepKind.ASK_CLOSE), None)
    return BreachView(
        breach=one,
        state=dealing.state_of(steps),
        clocks=dealing.clocks(one.what, steps, at),
        suspect=names.called(suspect.value, agent_id) or names.place(agent_id),
        opened_by=names.person(one.opened_by),
        steps=tuple((step, names.person(step.by)) for step in steps),
        may_close=asked is not None and asked != seat.session.practitioner_id,
    )
