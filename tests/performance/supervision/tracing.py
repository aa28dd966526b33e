"""Leak tracing: how often a found file names whom it was handed to, and how long a large one takes.

Twenty thousand recipients are handed the same content, each in a file of their own. One of them, or
two who compare their files, leak it: as it is, shuffled, cropped to a fifth, half of it deleted, in
another format. ``python tests/performance/supervision/tracing.py`` prints the table of the documentation.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from measure import Figure, Load

from openhealthcode.supervision.tracing import Register, read_found, trace_found
from openhealthcode.trust.marks import (
    MarkCode,
    canary_rows,
    mark_resources,
    write_table,
)

RECIPIENTS = 20_000
SAMPLES = 100
COLUMNS = ("id", "patient", "name", "id_number", "day", "type", "system", "code", "display", "value",
           "unit", "status", "filed")  # fmt: skip
Resource = dict[str, Any]


def seal(resident_id: UUID, entry_id: UUID) -> str:
    """An id as long as ours, that opens without a key."""
    told = resident_id.bytes + entry_id.bytes
    return base64.b64encode(told + hashlib.sha256(told).digest()[:16], b"-.").decode()


def open_id(text: str) -> tuple[UUID, UUID] | None:
    told = base64.b64decode(text, b"-.")
    if hashlib.sha256(told[:32]).digest()[:16] != told[32:]:
        return None
    return UUID(bytes=told[:16]), UUID(bytes=told[16:32])


def resources(count: int, random: Random) -> list[Resource]:
    """Invented observations of invented people, sixty of each."""
    made = []
    for number in range(count):
        if number % 60 == 0:
            person = UUID(int=random.getrandbits(128))
        code = random.choice(("718-7", "2345-7", "2160-0", "6690-2"))
        made.append(
            {
                "resourceType": "Observation",
                "id": seal(person, UUID(int=random.getrandbits(128))),
                "meta": {
                    "versionId": "1",
                    "lastUpdated": f"2026-05-{1 + number % 28:02}T08:00:00.{number % 1000:03}+00:00",
                },
                "status": "final",
                "code": {
                    "coding": [{"system": "http://loinc.org", "code": code, "display": "blood"}],
                    "text": "血",
                },
                "subject": {"reference": f"Patient/{seal(person, person)}"},
                "effectiveDateTime": f"2026-04-{1 + number % 28:02}",
                "valueQuantity": {"value": 100 + number % 50, "unit": "g/L", "code": "g/L"},
            }
        )
    return made


def rows(count: int, random: Random) -> list[dict[str, str]]:
    """The same as rows of a table."""
    return [
        {
            "id": f"Observation/{one['id']}",
            "patient": one["subject"]["reference"],
            "name": "某某",
            "id_number": "",
            "day": one["effectiveDateTime"],
            "type": "Observation",
            "system": "http://loinc.org",
            "code": one["code"]["coding"][0]["code"],
            "display": "blood",
            "value": str(one["valueQuantity"]["value"]),
            "unit": "g/L",
            "status": "final",
            "filed": one["meta"]["lastUpdated"],
        }
        for one in resources(count, random)
    ]


# Files as leakers have them: a list of pieces (a line each) and how they are put together again.


@dataclass(frozen=True)
class Content:
    """One content, handed to everybody: how a recipient's file is made of it, and its pieces."""

    name: str
    hand_over: Callable[[bytes], list[Any]]
    pieces_key: Callable[[Any], str]
    mix: Callable[[Any, Any, Callable[[Any, Any], Any]], Any]
    write: Callable[[list[Any]], bytes]
    rewrite: Callable[[list[Any], Random], bytes]


def json_content(code: MarkCode, told: Sequence[Resource]) -> Content:
    return Content(
        f"ndjson, {len(told)} resources",
        lambda mark_id: mark_resources(code, code.word(mark_id), told),
        lambda one: one["id"],
        mix_json,
        lambda pieces: b"\n".join(json.dumps(one, ensure_ascii=False).encode() for one in pieces),
        lambda pieces, _: json.dumps(
            {"resourceType": "Bundle", "type": "collection",
             "entry": [{"resource": one} for one in pieces]}, indent=2
        ).encode(),
    )  # fmt: skip


def mix_json(one: Any, other: Any, pick: Callable[[Any, Any], Any]) -> Any:
    """Two writings of one resource made one: where the order or spelling differs, one is picked."""
    if isinstance(one, dict):
        keys = sorted(one, key=lambda key: pick(list(one).index(key), list(other).index(key)))
        return {key: mix_json(one[key], other[key], pick) for key in keys}
    if isinstance(one, list):
        return [mix_json(a, b, pick) for a, b in zip(one, other, strict=True)]
    return one if one == other else pick(one, other)


def table_content(code: MarkCode, told: Sequence[dict[str, str]]) -> Content:
    def hand_over(mark_id: bytes) -> list[list[str]]:
        canaries = list(canary_rows(code, mark_id, told, seal))
        text = write_table(code, code.word(mark_id), COLUMNS, [*told, *canaries]).decode()
        return [line.split(",") for line in text.splitlines()[1:]]

    def rewrite(pieces: list[list[str]], _: Random) -> bytes:
        target = io.StringIO()
        writer = csv.writer(target, delimiter=";")
        writer.writerows([cell.strip('"') for cell in piece] for piece in pieces)
        return target.getvalue().encode("gb18030")

    return Content(
        f"CSV, {len(told)} rows",
        hand_over,
        lambda one: one[0],
        lambda a, b, pick: [x if x == y else pick(x, y) for x, y in zip(a, b, strict=True)],
        lambda pieces: "\n".join([",".join(COLUMNS), *(",".join(one) for one in pieces)]).encode(),
        rewrite,
    )


def fifth(pieces: list[Any], random: Random) -> list[Any]:
    size = -(-len(pieces) // 5)
    start = random.randrange(len(pieces) - size + 1)
    return pieces[start : start + size]


def half(pieces: list[Any], random: Random) -> list[Any]:
    return [one for one in pieces if random.random() < 0.5]


def shuffled(pieces: list[Any], random: Random) -> list[Any]:
    return random.sample(pieces, len(pieces))


def alone(_content: Content, files: list[list[Any]], _: Random) -> list[Any]:
    return files[0]


def interleaved(content: Content, files: list[list[Any]], random: Random) -> list[Any]:
    """Piece by piece from one or the other; whatever only one has is left out."""
    other = {content.pieces_key(one): one for one in files[1]}
    both = [one for one in files[0] if content.pieces_key(one) in other]
    return [random.choice((one, other[content.pieces_key(one)])) for one in both]


def _mixed(content: Content, files: list[list[Any]], pick: Callable[[Any, Any], Any]) -> list[Any]:
    other = {content.pieces_key(one): one for one in files[1]}
    both = [one for one in files[0] if content.pieces_key(one) in other]
    return [content.mix(one, other[content.pieces_key(one)], pick) for one in both]


def majority(content: Content, files: list[list[Any]], _: Random) -> list[Any]:
    """Wherever they differ the same way is taken: two have no majority, so it is the lesser."""
    return _mixed(content, files, min)


def at_random(content: Content, files: list[list[Any]], random: Random) -> list[Any]:
    """Wherever they differ a coin decides."""
    return _mixed(content, files, lambda one, other: random.choice((one, other)))


LEAKERS = {
    "one": alone,
    "two, interleaving": interleaved,
    "two, majority": majority,
    "two, random": at_random,
}
DAMAGE = (
    "as it is",
    "shuffled",
    "cropped to a fifth",
    "half deleted",
    "reformatted",
    "shuffled and reformatted",
)


def damaged(content: Content, pieces: list[Any], how: str, random: Random) -> bytes:
    if "shuffled" in how:
        pieces = shuffled(pieces, random)
    if "fifth" in how:
        pieces = fifth(pieces, random)
    if "half" in how:
        pieces = half(pieces, random)
    return content.rewrite(pieces, random) if "reformatted" in how else content.write(pieces)


@dataclass
class Rate:
    """How often somebody who leaked was named, and how often somebody who had not."""

    leakers: str
    damage: str
    samples: int = 0
    named: int = 0
    both: int = 0
    false: int = 0
    innocents: int = 0
    marks: int = 0


def rates(
    code: MarkCode, content: Content, register: Register, *, samples: int, seed: int,
    leakers: Sequence[str] = tuple(LEAKERS), damages: Sequence[str] = DAMAGE,
) -> Iterator[Rate]:  # fmt: skip
    """Leak and trace so many files for each kind of leakers and of damage."""
    mark_ids = list(register.words)
    for kind in leakers:
        for how in damages:
            random = Random(f"{seed} {content.name} {kind} {how}")
            rate = Rate(kind, how)
            for _ in range(samples):
                guilty = random.sample(mark_ids, 1 if kind == "one" else 2)
                files = [content.hand_over(mark_id) for mark_id in guilty]
                pieces = LEAKERS[kind](content, files, random)
                found = read_found(damaged(content, pieces, how, random), code)
                traced = trace_found(found, register, open_id)
                named = {one.mark_id for one in traced.sources}
                rate.samples += 1
                rate.named += bool(named & set(guilty))
                rate.both += set(guilty) <= named
                rate.false += len(named - set(guilty))
                rate.innocents += len(register.words) - len(guilty)
                rate.marks += traced.marks
            yield rate


def recipients(code: MarkCode) -> Register:
    return Register(code, (UUID(int=number << 64 | 1).bytes for number in range(RECIPIENTS)))


def large_file(code: MarkCode, register: Register, rows_of_it: int) -> tuple[float, float]:
    """Seconds of processor time to trace a large table, and to only read it as CSV."""
    told = rows(rows_of_it, Random(5))
    mark_id = next(iter(register.words))
    content = table_content(code, told)
    body = content.write(content.hand_over(mark_id))
    started = time.process_time()
    traced = trace_found(read_found(body, code), Register(code, register.words), open_id)
    taken = time.process_time() - started
    assert [one.mark_id for one in traced.sources] == [mark_id]
    started = time.process_time()
    for _ in csv.reader(io.StringIO(body.decode())):
        pass
    return taken, time.process_time() - started


def measure(*, is_full: bool) -> Iterator[Figure]:
    """The figures of this part; with ``is_full`` a hundred leaked files of each kind."""
    code = MarkCode(b"a key for measuring, 32 bytes...")
    register = recipients(code)
    command = "python tests/performance/measure.py --area supervision"
    samples = SAMPLES if is_full else 10
    contents = [
        table_content(code, rows(1_000, Random(1))),
        json_content(code, resources(600, Random(2))),
    ]
    for name, leakers, damages in (
        ("trace_single_leaker", ("one",), ("half deleted",)),
        ("trace_two_colluders", tuple(LEAKERS)[1:], ("half deleted",)),
    ):
        load = Load()
        taken = [
            rate
            for content in contents
            for rate in rates(code, content, register, samples=samples, seed=7, leakers=leakers,
                              damages=damages)
        ]  # fmt: skip
        all_samples = sum(rate.samples for rate in taken)
        yield Figure(
            name, sum(rate.named for rate in taken) / all_samples, "ratio", baseline=1.0,
            baseline_is="every leaked file", load=load.foreign(), command=command,
            notes={"samples": all_samples, "false": sum(rate.false for rate in taken),
                   "innocent_pairs": sum(rate.innocents for rate in taken)},
        )  # fmt: skip
    load = Load()
    taken_s, floor = large_file(code, register, 100_000)
    yield Figure(
        "trace_100k_rows", round(taken_s, 2), "s", baseline=round(floor, 3),
        baseline_is="reading the same file as CSV and no more", load=load.foreign(), command=command,
        notes={"recipients": RECIPIENTS},
    )  # fmt: skip


def main() -> None:
    """Print the rates of the documentation, for contents of several sizes."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES
    code = MarkCode(b"a key for measuring, 32 bytes...")
    register = recipients(code)
    contents = [
        table_content(code, rows(1_000, Random(1))),
        json_content(code, resources(600, Random(2))),
        json_content(code, resources(240, Random(3))),
        json_content(code, resources(60, Random(4))),
    ]
    for content in contents if len(sys.argv) <= 2 else [contents[int(sys.argv[2])]]:
        print(f"\n{content.name}\n| leakers | damage | somebody named | both named | "
              "innocents named | marks read |\n|---|---|---|---|---|---|")  # fmt: skip
        for one in rates(code, content, register, samples=samples, seed=7):
            both = "" if one.leakers == "one" else f"{one.both / one.samples:.2f}"
            print(f"| {one.leakers} | {one.damage} | {one.named / one.samples:.2f} | {both} | "
                  f"{one.false} of {one.innocents:,} | {one.marks / one.samples:.0f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
