"""Those who use the installation while it is harmed; they try again until they are answered, and keep count.

What they were told is all that is later held against the database: an answer is a promise.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from installation import SITE

import systems
import visits
from authenticator import Authenticator
from portals import fields

NAMES = "urn:chaos"
_LOCATION = re.compile(r"Observation/([^/]+)")
_WITHDRAW = re.compile(r'action="(/consents/[0-9a-f-]+/withdraw)"')


@dataclass
class Span:
    """An answered request, between two readings of a clock that nobody turns."""

    begun: float
    ended: float


@dataclass
class Told:
    """What the clients were told."""

    tried: set[str] = field(default_factory=set)
    filed: dict[str, str] = field(default_factory=dict)
    """The sender's name of a result → the id it was told."""
    read: Counter[str] = field(default_factory=Counter)
    """Id → how often it was shown."""
    changed: list[tuple[str, Span, bool | None]] = field(default_factory=list)
    """Whose consent, when, and whether it stands since; None where no answer came."""
    seen: list[tuple[str, Span, bool]] = field(default_factory=list)
    """Of whose result, when, and whether it was shown."""
    wrong_clocks: list[Span] = field(default_factory=list)
    """When a clock was not right."""
    answers: Counter[str] = field(default_factory=Counter)
    filed_at: float = 0.0
    """When the request that was last acknowledged began."""
    read_at: float = 0.0
    answered_at: float = 0.0


class Caller:
    """Somebody with a browser or a system, who asks again until the answer is one."""

    def __init__(self, address: str, told: Told, kind: str) -> None:
        self.told, self.kind = told, kind
        self.http = httpx.AsyncClient(
            base_url=address,
            timeout=15,
            headers={
                "Host": SITE.partition("//")[2],
                "Origin": SITE,
                "X-Forwarded-Proto": "https",
                "X-Forwarded-For": "192.0.2.7",
            },
        )

    async def once(self, method: str, path: str, **sent: Any) -> httpx.Response | None:
        """One attempt; None where nothing came back."""
        try:
            answer = await self.http.request(method, path, **sent)
        except (httpx.HTTPError, ValueError) as error:
            self.told.answers[f"{self.kind} {type(error).__name__}"] += 1
            return None
        self.told.answers[f"{self.kind} {answer.status_code}"] += 1
        return answer


class System(Caller):
    """An institution's system, which gets itself a token whenever it is refused."""

    def __init__(self, address: str, told: Told, kind: str, system: systems.HospitalSystem) -> None:
        super().__init__(address, told, kind)
        self.system = system
        self.token = "none"

    async def asked(self, method: str, path: str, **sent: Any) -> tuple[httpx.Response, Span]:
        """Ask until something else than a failure is answered."""
        more = sent.pop("headers", {})
        while True:
            begun = time.monotonic()
            headers = {"Authorization": f"Bearer {self.token}", **more}
            answer = await self.once(method, path, headers=headers, **sent)
            if answer is not None and answer.status_code == 401:
                await self._sign_in()
                await asyncio.sleep(0.05)
                continue
            if answer is not None and (answer.status_code < 300 or answer.status_code == 404):
                return answer, Span(begun, time.monotonic())
            await asyncio.sleep(0.1)

    async def _sign_in(self) -> None:
        form = self.system.form(aud=f"{SITE}/oauth/token")
        answer = await self.once("POST", "/oauth/token", data=form)
        if answer is not None and answer.status_code == 200:
            self.token = answer.json()["access_token"]


async def file_on(
    number: int, address: str, system: systems.HospitalSystem, patients: list[str], told: Told
) -> None:
    """File results for one resident after the other, and read each once; without end."""
    his = System(address, told, "file", system)
    for turn in range(10**9):
        name = f"{number}-{turn}"
        told.tried.add(name)
        result = {
            **visits.glucose("2026-03-01", 4 + turn % 500 / 100),
            "identifier": [{"system": NAMES, "value": name}],
            "subject": {"reference": f"Patient/{patients[(number + turn) % len(patients)]}"},
        }
        answer, span = await (_delivered if turn % 2 else _created)(his, name, result)
        if answer.status_code == 404:
            raise RuntimeError(f"a resident is not there: {answer.text}")
        place = answer.headers.get("location") or _place_in(answer.json())
        told.filed[name] = _LOCATION.search(place)[1]
        told.filed_at, told.answered_at = max(told.filed_at, span.begun), time.monotonic()
        shown, span = await his.asked("GET", f"/fhir/Observation/{told.filed[name]}")
        if shown.status_code == 200:
            told.read[told.filed[name]] += 1
            told.read_at = max(told.read_at, span.begun)


async def _delivered(his: System, name: str, result: dict[str, Any]) -> tuple[httpx.Response, Span]:
    """In a transaction Bundle, whose entry bears the sender's own name for it."""
    entry = {
        "fullUrl": f"https://chaos.test/{name}",
        "resource": result,
        "request": {"method": "POST", "url": "Observation"},
    }
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    return await his.asked("POST", "/fhir", json=bundle)


async def _created(his: System, name: str, result: dict[str, Any]) -> tuple[httpx.Response, Span]:
    """By itself, if there is none of that identifier yet."""
    search = f"identifier={NAMES}|{name}"
    headers = {"If-None-Exist": search}
    return await his.asked("POST", "/fhir/Observation", json=result, headers=headers)


def _place_in(bundle: dict[str, Any]) -> str:
    return str(bundle["entry"][0]["response"]["location"])


class Resident(Caller):
    """A resident with a passkey, who allows a clinic to see laboratory results and takes that back."""

    def __init__(self, address: str, told: Told, token: str, institution: str) -> None:
        super().__init__(address, told, "consent")
        self.http.cookies.set("ohc_resident", token)
        self.device = Authenticator(SITE)
        self.institution = institution

    async def asked(self, method: str, path: str, **sent: Any) -> httpx.Response:
        while True:
            answer = await self.once(method, path, **sent)
            if answer is not None and answer.status_code < 400:
                return answer
            await asyncio.sleep(0.1)

    async def add_passkey(self) -> None:
        options = await self.asked("POST", "/passkeys/options")
        sent = {"credential": self.device.make(options.text), "label": "手机"}
        await self.asked("POST", "/passkeys/add", data=sent)

    async def allow(self) -> tuple[Span, bool] | None:
        """One attempt: read what is said, prove who asks, allow; when, and whether acknowledged."""
        path = f"/consents/new/{self.institution}"
        form = {"kind": "standing", "who": "all:", "days": "30", "keep": "yes"}
        form |= {"category": ["laboratory"]}
        review = await self.once("POST", path, data=form)
        options = await self.once("POST", "/passkeys/check/options")
        if review is None or options is None or {review.status_code, options.status_code} != {200}:
            return None
        proof = {"step": "give", "credential": self.device.sign(options.text)}
        begun = time.monotonic()
        answer = await self.once("POST", path, data=fields(review) | proof)
        done = answer is not None and answer.headers.get("location") == "/consents?done=given"
        return Span(begun, time.monotonic()), done

    async def withdraw_all(self) -> Span:
        """Take back whatever stands; over when the page shows nothing that does."""
        begun = time.monotonic()
        while True:
            page = await self.asked("GET", "/consents")
            standing = _WITHDRAW.findall(page.text)
            if page.status_code == 200 and not standing:
                return Span(begun, time.monotonic())
            for path in standing:
                await self.once("POST", path)


async def consent_on(who: str, resident: Resident, told: Told) -> None:
    """Allow and withdraw without end."""
    while True:
        tried = await resident.allow()
        if tried is not None:
            span, is_acknowledged = tried
            told.changed.append((who, span, True if is_acknowledged else None))
            await asyncio.sleep(0.7)
        told.changed.append((who, await resident.withdraw_all(), False))
        await asyncio.sleep(0.4)


async def look_on(who: str, place: str, clinic: System, told: Told) -> None:
    """Read one result of the resident again and again, allowed or not."""
    while True:
        answer, span = await clinic.asked("GET", f"/fhir/Observation/{place}")
        told.seen.append((who, span, answer.status_code == 200))
        if answer.status_code == 200:
            told.read[place] += 1
        await asyncio.sleep(0.05)
