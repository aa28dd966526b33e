"""Randomised tampering with the published log and with histories, by an operator who holds every key.

What convicts is what others kept: heads, an earlier copy of one's own history, a witness. Each trial makes
an honest log, alters it in one of nine ways, signs everything anew, and asks who checks from outside.
``make tamper`` runs thousands; here are some of each kind.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

import histories
from openhealthcode.transparency import (
    Checkpoint,
    Cosigner,
    Frontier,
    History,
    HistoryRefused,
    LogFolder,
    NoteVerifier,
    WitnessState,
    check_history,
    check_maps,
    check_tree,
    consistency_proof,
    inclusion_proof,
    read_policy,
    seal_history,
    with_place,
    write_request,
)

TRIALS = int(os.environ.get("OHC_TEST_TRIALS", "90"))
LOG, RECEIPTS = (NoteVerifier(one.verifier_key) for one in (histories.LOG, histories.RECEIPTS))
WITNESS = Cosigner("witness.example", b"\x03" * 32)
POLICY = read_policy(histories.POLICY)
PEOPLE = [UUID(int=0x88 + n) for n in range(4)]


class World:
    """A log of four residents that grew in three steps, and what was kept of each step."""

    def __init__(self, folder, seed):
        self.random = random.Random(seed)
        self.folder = folder
        self.events = {who: self.life(self.random.randint(6, 14)) for who in PEOPLE}
        order = [(who, one) for who in PEOPLE for one in self.events[who]]
        self.random.shuffle(order)
        # Each resident's own in their order, as the log has them.
        turns = {who: iter(self.events[who]) for who in PEOPLE}
        self.order = [(who, next(turns[who])) for who, _ in order]
        self.steps = [len(order) // 3, 2 * len(order) // 3, len(order)]
        self.kept = {}
        self.witness = WitnessState(folder / "witness", [LOG], WITNESS)
        self.known = 0
        for step in self.steps:
            note, ok = self.publish(self.order[:step], f"step{step}")
            assert ok
            for who in PEOPLE:
                self.kept[who] = self.kept.get(who, [])
                self.kept[who].append((note, self.history(who, self.order[:step], note)))

    def life(self, count):
        made = histories.events(count)
        return [
            msgspec.structs.replace(
                one, agent=UUID(int=self.random.getrandbits(128)), salt=self.random.randbytes(16)
            )
            for one in made
        ]

    def publish(self, order, name):
        """Sign a head over these, and ask the witness; whether it cosigned."""
        self.files = LogFolder(self.folder / name)
        grown = self.files.grow(Frontier(), [one.commitment(who) for who, one in order])
        note = Checkpoint(histories.ORIGIN, grown.size, grown.root()).signed(histories.LOG)
        subtree = self.files.subtrees(grown.size)
        old = min(self.known, grown.size)
        proof = consistency_proof(old, grown.size, subtree) if old else []
        answer = self.witness.add(write_request(self.known, proof, note).encode(), 1_800_000_000)
        if answer.cosignature:
            self.known = grown.size
        note += answer.cosignature
        self.files.publish(note)
        return note, bool(answer.cosignature)

    def history(self, who, order, note):
        """What the operator hands out: every event it admits, with its place."""
        size = len(order)
        subtree = self.files.subtrees(size)
        placed = tuple(
            with_place(one, leaf, inclusion_proof(leaf, size, subtree))
            for leaf, (owner, one) in enumerate(order)
            if owner == who
        )
        at = max((one.at for one in placed), default=histories.START) + timedelta(seconds=5)
        return seal_history(History(histories.ORIGIN, who, at, note, placed), histories.RECEIPTS)

    def findings(self, note, history, *, name, heads, copies):
        """What somebody outside finds, who kept some heads and copies and asks for the witness."""
        tree = check_tree(LogFolder(self.folder / name), note, LOG, heads).findings
        try:
            own = check_history(history, LOG, RECEIPTS, POLICY, copies).findings
        except HistoryRefused as refused:
            return [*tree, refused]
        return [*tree, *own]

    # Nine ways to alter what was; each answers the order of entries that the operator now claims.

    def pick(self):
        place = self.random.randrange(self.steps[1])
        return place, *self.order[place]

    def replaced(self, place, one):
        claimed = list(self.order)
        claimed[place] = (claimed[place][0], one)
        return claimed

    def edit(self):
        place, who, one = self.pick()
        change = self.random.choice(
            [
                {"action": "record.preview"},
                {"outcome": "refused"},
                {"agent": UUID(int=self.random.getrandbits(128))},
                {"institution": None if one.institution else UUID(int=9)},
                {"detail": self.random.randbytes(20)},
                {"scene": "other"},
            ]
        )
        return who, self.replaced(place, msgspec.structs.replace(one, **change))

    def backdate(self):
        place, who, one = self.pick()
        earlier = one.at - timedelta(seconds=self.random.choice([1, 60, 86_400]))
        return who, self.replaced(place, msgspec.structs.replace(one, at=earlier))

    def delete(self):
        place, who, gone = self.pick()
        closing_up = self.random.random() < 0.7
        claimed = []
        for owner, one in self.order[:place] + self.order[place + 1 :]:
            later = owner == who and one.number > gone.number and closing_up
            number = one.number - later
            claimed.append((owner, msgspec.structs.replace(one, number=number)))
        return who, claimed

    def insert(self):
        place, who, one = self.pick()
        forged = msgspec.structs.replace(one, agent=UUID(int=1), salt=self.random.randbytes(16))
        claimed = []
        for nth, (owner, each) in enumerate(self.order):
            if nth == place:
                claimed.append((who, forged))
            later = owner == who and each.number >= one.number
            claimed.append((owner, msgspec.structs.replace(each, number=each.number + later)))
        return who, claimed

    def reorder(self):
        place, who, one = self.pick()
        mine = [n for n, (owner, _) in enumerate(self.order) if owner == who and n != place]
        other = self.random.choice(mine)
        claimed = list(self.order)
        swapped = claimed[other][1]
        claimed[place] = (who, msgspec.structs.replace(swapped, number=one.number))
        claimed[other] = (who, msgspec.structs.replace(one, number=swapped.number))
        return who, claimed

    def truncate(self):
        _, who, _ = self.pick()
        cut = self.random.randint(1, 3)
        ends = max(one.number for owner, one in self.order if owner == who)
        return who, [
            (owner, one) for owner, one in self.order if owner != who or one.number <= ends - cut
        ]

    def fork(self):
        """Strangers' entries exchanged, the victim's own untouched."""
        _, who, _ = self.pick()
        strangers = [n for n, (owner, _) in enumerate(self.order[: self.steps[1]]) if owner != who]
        place = self.random.choice(strangers)
        one = self.order[place][1]
        return who, self.replaced(place, msgspec.structs.replace(one, agent=UUID(int=2)))

    def roll_back(self):
        _, who, _ = self.pick()
        return who, self.order[: self.random.choice(self.steps[:2])]

    def omit(self):
        _, who, _ = self.pick()
        return who, [(owner, one) for owner, one in self.order if owner != who]


KINDS = (
    "edit", "delete", "insert", "reorder", "truncate", "fork", "roll_back", "backdate", "omit",
)  # fmt: skip


class Region:
    """An honest log of some weeks with its daily maps, and where it stood at each midnight."""

    def __init__(self, folder, random):
        self.random, self.log = random, histories.MappedLog(folder, strangers=random.randint(0, 40))
        self.log.happen(random.randint(1, 4))
        for _ in range(random.randint(3, 12)):
            self.day()

    def day(self):
        """A day, or several on which nothing was at work."""
        self.log.happen(self.random.choice([0, 0, 1, 1, 2, 5]))
        self.log.end_day(days=self.random.choice([1, 1, 1, 1, 2, 6]))

    def is_found(self):
        """By a resident who kept nothing, and by whoever reads the entries."""
        note = self.log.sealed()
        try:
            own = check_history(note, LOG, RECEIPTS, POLICY).findings
        except HistoryRefused:
            own = ["refused"]
        return bool(own), bool(
            check_maps(histories.ORIGIN, self.log.entries, self.log.listed()).findings
        )

    # Ways to hide the end of one resident's log; the witness cosigns each head, for the tree only grows.

    def cut(self):
        self.log.cut(self.random.randint(1, len(self.log.own) - 1))

    def cut_and_grow(self):
        count = self.random.randint(1, len(self.log.own) - 1)
        self.log.cut(count)
        self.log.happen(self.random.randint(1, count + 3))

    def cut_and_count_anew(self):
        """The maps since are made of what is left, for as long as the one before is asked for."""
        self.cut()
        for _ in range(self.random.randint(1, 5)):
            self.log.happen(self.random.randint(0, 2))
            self.log.end_day()

    def write_anew(self):
        count = len(self.log.own)
        self.log.own = []
        self.log.happen(count)
        began = self.log.maps[0][1].taken_at - timedelta(days=2)
        self.log.own[0] = self.backdated(*self.log.own[0], began)

    def backdated(self, first, leaf, began):
        changed = msgspec.structs.replace(first, at=began)
        self.log.entries[leaf] = changed.commitment(histories.RESIDENT)
        return changed, leaf

    def second_map(self):
        """Another map of the newest day, in which the resident's number is the lower one."""
        self.log.cut(1)
        self.log.at = self.log.maps[-1][1].taken_at - timedelta(hours=2)
        self.log.maps.pop()
        if self.log.maps:
            gap = self.log.maps[-1][1].day
            days = (self.log.at + timedelta(hours=8)).date() - gap
            self.log.at -= days - timedelta(days=1)
            self.log.end_day(days=days.days)
        else:
            self.log.end_day()


TAILS = ("cut", "cut_and_grow", "cut_and_count_anew", "write_anew", "second_map")


@pytest.mark.parametrize("seed", [int(os.environ.get("OHC_TEST_SEED", "12"))])
def test_a_tail_cut_off_shows_to_a_resident_who_kept_nothing(tmp_path, seed):
    found, missed, false_alarms = Counter(), [], []
    trials = max(TRIALS // 3, len(TAILS))
    for nth in range(trials):
        kind = TAILS[nth % len(TAILS)]
        region = Region(tmp_path / str(nth), random.Random(f"{seed} {nth}"))
        if any(region.is_found()):
            false_alarms.append(nth)
        region.log.happen()  # of today: no map has counted it, it is not what is cut
        region.log.own.pop()
        if len(region.log.own) < 2:
            continue
        getattr(region, kind)()
        by_resident, by_entries = region.is_found()
        is_seen = by_entries if kind == "second_map" else by_resident
        found[kind] += is_seen
        if not is_seen:
            missed.append((nth, kind))
    print(
        f"\n{sum(found.values())} of {trials} tails found, {false_alarms} false alarms: {dict(found)}"
    )
    assert missed == []
    assert false_alarms == []
    assert set(found) == set(TAILS)


def one_trial(world, kind, nth, *, witness_only):
    """Whether it is found; with nothing kept, the witness alone has to do."""
    who, claimed = getattr(world, kind)()
    if kind not in {"truncate", "roll_back", "omit"} and world.random.random() < 0.5:
        stranger = (UUID(int=5), histories.events(1)[0])
        claimed = [*claimed, stranger]  # the forged log grew on meanwhile
    known = world.known
    note, cosigned = world.publish(claimed, f"trial{nth}")
    history = world.history(who, claimed, note)
    heads, copies = [], []
    if not witness_only:
        heads = [world.kept[who][-1][0]]
        copies = [world.kept[who][-1][1]]
    found = world.findings(note, history, name=f"trial{nth}", heads=heads, copies=copies)
    assert not cosigned
    assert world.known == known
    return bool(found)


@pytest.mark.parametrize("seed", [int(os.environ.get("OHC_TEST_SEED", "11"))])
def test_every_tampering_with_what_is_published_is_found(tmp_path, seed):
    found, missed, false_alarms = Counter(), [], 0
    per_world = 90
    for first in range(0, TRIALS, per_world):
        folder = tmp_path / str(first)
        world = World(folder, seed + first)
        for who in PEOPLE:  # an honest log gives no finding, whatever was kept of it
            for note, history in world.kept[who][-1:]:
                heads = [kept for kept, _ in world.kept[who]]
                copies = [kept for _, kept in world.kept[who]]
                name = f"step{world.steps[-1]}"
                false_alarms += bool(
                    world.findings(note, history, name=name, heads=heads, copies=copies)
                )
        for nth in range(first, min(first + per_world, TRIALS)):
            kind = KINDS[nth % len(KINDS)]
            is_found = one_trial(world, kind, nth, witness_only=nth % 2 == 1)
            found[kind] += is_found
            if not is_found:
                missed.append((nth, kind))
    print(f"\n{sum(found.values())} of {TRIALS} found, {false_alarms} false alarms: {dict(found)}")
    assert missed == []
    assert false_alarms == 0
    assert set(found) == set(KINDS[:TRIALS])
