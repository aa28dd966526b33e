"""Marks in files of FHIR resources: how each is written, and in which order those of one kind come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from openhealthcode.trust.marks import members, ties
from openhealthcode.trust.marks.code import MarkCode

Resource = dict[str, Any]


def mark_resources(code: MarkCode, word: int, resources: Sequence[Resource]) -> list[Resource]:
    """The same resources, written and ordered as a file's bits say.

    Args:
        resources: each with its id; those of one type and person stand together already.
    """

    def variant(place: bytes) -> int:
        return code.variant(word, place)

    told: list[Resource] = []
    for _, run in groupby(resources, key=_group):
        by_name = {_name(one): one for one in run}
        told += [by_name[name] for name in ties.tied(by_name, variant, code.rank)]
    return [members.marked(one, variant) for one in told]


def shown_by_resources(
    code: MarkCode, resources: Iterable[Resource]
) -> Iterator[tuple[str, bytes, int]]:
    """Every place of a found file and the way it is written: kind, place, variant."""
    for _, run in groupby(resources, key=_group):
        names = []
        for one in run:
            names.append(_name(one))
            yield from members.shown(one)
        yield from ties.shown(names, code.rank)


def _name(resource: Resource) -> bytes:
    return str(resource.get("id")).encode(errors="replace")


def _group(resource: Resource) -> tuple[str, str]:
    subject = resource.get("subject") or resource.get("patient")
    of = subject.get("reference") if isinstance(subject, dict) else ""
    return str(resource.get("resourceType")), str(of)
