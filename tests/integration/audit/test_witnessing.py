"""Heads are cosigned by real witnesses over HTTP, and shown only once enough of them did."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from hashlib import sha256

import httpx
import pytest

from examples.served import served
from openhealthcode.audit import Sequencer
from openhealthcode.commands.witness import application, key_of, logs_of
from openhealthcode.standards import InvalidInput
from openhealthcode.transparency import (
    Checkpoint,
    CosignatureVerifier,
    NotWitnessed,
    WitnessState,
    read_policy,
    read_proof,
)

ORIGIN = "region.example/log"


class Watched:
    """A region's log with witnesses at work, each on a port of its own."""

    def __init__(self, region, folder, stack):
        self.region, self.folder, self.stack = region, folder, stack
        self.policy = ""
        self.addresses = {}

    def hire(self, *names, least=2):
        """Start witnesses and begin to ask them."""
        lines = []
        for name in names:
            own = self.folder / name
            own.mkdir()
            verifier = self.region.sequencer.verifier_key
            (own / "logs").write_text(f"# whom {name} watches\n\n{verifier}\n")
            cosigner = key_of(own, f"{name}.example")
            app = application(WitnessState(own, logs_of(own), cosigner), cosigner)
            self.addresses[name] = self.stack.enter_context(served(app))
            lines.append(f"witness {name} {cosigner.verifier_key} {self.addresses[name]}/")
        lines += [f"group all {least} {' '.join(names)}", "quorum all", ""]
        self.policy = "\n".join(lines)
        self.restart()

    def restart(self, policy=None):
        self.region.sequencer.close()
        signer = self.region.keys.checkpoint_signer(ORIGIN)
        self.region.sequencer = Sequencer(
            self.region.pool, self.region.folder, signer, policy=policy or self.policy
        )

    async def grow(self, events=1):
        resident_id = await self.region.register()
        await self.region.log(resident_id, events)
        await self.region.sequencer.sequence()

    @property
    def witnessed(self):
        return self.region.sequencer.published()


@pytest.fixture
def watched(region, tmp_path):
    with ExitStack() as stack:
        yield Watched(region, tmp_path, stack)


async def test_a_log_nobody_watches_shows_its_own_heads(watched):
    await watched.grow()
    assert watched.witnessed == watched.region.head
    assert not await watched.region.sequencer.witness()
    assert "quorum none" in watched.region.sequencer.policy


async def test_a_head_is_shown_once_enough_witnesses_saw_it(watched):
    watched.hire("north", "south", "west")
    await watched.grow(3)
    assert watched.witnessed is None
    assert await watched.region.sequencer.witness()
    policy = read_policy(watched.region.sequencer.policy)
    assert policy.check(watched.witnessed).size == 3
    assert all(one.verifier.seen_at(watched.witnessed) for one in policy.witnesses)
    with pytest.raises(NotWitnessed):
        policy.check(watched.region.head)
    assert not await watched.region.sequencer.witness(), "everybody saw it already"


async def test_each_step_is_proven_from_what_the_witness_knows(watched):
    watched.hire("north", "south")
    for events in (1, 2, 5, 300):
        await watched.grow(events)
        assert await watched.region.sequencer.witness()
        watched.restart()
    assert read_policy(watched.region.sequencer.policy).check(watched.witnessed).size == 308


async def test_what_a_witness_knows_may_be_forgotten_here(watched):
    watched.hire("north", "south")
    await watched.grow(2)
    await watched.region.sequencer.witness()
    (watched.region.folder / "witnesses.json").write_text("spoilt")
    watched.restart()
    await watched.grow(2)
    assert await watched.region.sequencer.witness()


async def test_a_witness_that_says_it_knows_more_is_passed_over(watched, caplog):
    """It may remember what our files forgot, or lie: the log goes on, and says so."""
    watched.hire("north", "south")
    await watched.grow(4)
    await watched.region.sequencer.witness()
    known = watched.region.folder / "witnesses.json"
    known.write_text('{"north": 9, "south": 4}')
    watched.restart()
    await watched.grow()
    assert await watched.region.sequencer.witness(), "what is noted here too high is asked anew"
    ahead = watched.folder / "north" / f"{sha256(ORIGIN.encode()).hexdigest()}.checkpoint"
    note = Checkpoint(ORIGIN, 99, bytes(32)).signed(watched.region.keys.checkpoint_signer(ORIGIN))
    own = key_of(watched.folder / "north", "north.example")
    ahead.write_text(note + own.cosign(note.partition("\n\n")[0] + "\n", 7))
    await watched.grow()
    assert not await watched.region.sequencer.witness()
    assert "a witness did not cosign" in caplog.text


async def test_one_witness_away_of_three_does_not_stop_the_log(watched):
    watched.hire("north", "south", "west")
    gone = watched.policy.replace(watched.addresses["west"], "http://127.0.0.1:9")
    watched.restart(gone)
    await watched.grow()
    assert await watched.region.sequencer.witness()
    watched.restart()
    await watched.region.sequencer.sequence()
    assert await watched.region.sequencer.witness(), "the third sees the same head later"
    west = read_policy(watched.policy).witnesses[2]
    assert west.verifier.seen_at(watched.witnessed)


async def test_too_few_witnesses_leave_the_last_head_standing_and_the_log_growing(watched):
    watched.hire("north", "south")
    await watched.grow()
    await watched.region.sequencer.witness()
    before = watched.witnessed
    watched.restart(watched.policy.replace(watched.addresses["south"], "http://127.0.0.1:9"))
    await watched.grow()
    assert not await watched.region.sequencer.witness()
    assert watched.witnessed == before
    assert watched.region.head.split("\n")[1] == "2"


async def test_a_proof_waits_for_the_witnesses_and_can_do_without(watched):
    watched.hire("north", "south")
    await watched.grow(3)
    sequencer = watched.region.sequencer
    assert sequencer.prove(2, witnessed=True) is None
    assert sequencer.prove(2) is not None
    await sequencer.witness()
    proof = read_proof(sequencer.prove(2, witnessed=True))
    assert read_policy(sequencer.policy).check(proof.note).size == 3


async def test_a_log_that_begins_anew_finds_no_witness(watched):
    """Files and memory wiped by who holds every key: the witnesses remember."""
    watched.hire("north", "south")
    await watched.grow(4)
    await watched.region.sequencer.witness()
    watched.region.sequencer.close()
    shutil.rmtree(watched.region.folder)
    watched.region.keys._store._connection.execute("DELETE FROM signed_head")
    await watched.region.meddle("DELETE FROM audit.leaf")
    watched.restart()
    for _ in range(2):
        await watched.grow(2)
        assert not await watched.region.sequencer.witness()
    await watched.grow(2)
    assert not await watched.region.sequencer.witness(), "larger, and grown from something else"
    assert watched.witnessed is None


async def test_only_who_sequences_asks(watched):
    watched.hire("north", "south")
    await watched.grow()
    other = watched.region.new_sequencer()
    assert not await other.witness()


async def test_lines_of_others_in_an_answer_are_ignored(watched, monkeypatch):
    watched.hire("north", "south")
    original = WitnessState.add

    def with_a_stranger(self, request, at):
        answer = original(self, request, at)
        object.__setattr__(answer, "cosignature", answer.cosignature + "— else.example AAAAAAAA\n")
        return answer

    monkeypatch.setattr(WitnessState, "add", with_a_stranger)
    await watched.grow()
    assert await watched.region.sequencer.witness()
    assert "else.example" not in watched.witnessed


@pytest.mark.parametrize("answer", ["", "nonsense", "— north.example AAAAAAAA\n", "x" * 20_000])
async def test_an_answer_that_is_no_cosignature_is_none(watched, monkeypatch, answer):
    watched.hire("north", "south")

    def spoilt(self, request, at):
        from_the_witness = original(self, request, at)
        object.__setattr__(from_the_witness, "cosignature", answer)
        return from_the_witness

    original = WitnessState.add
    monkeypatch.setattr(WitnessState, "add", spoilt)
    await watched.grow()
    assert not await watched.region.sequencer.witness()
    assert watched.witnessed is None


async def test_the_witness_tells_its_key_and_its_newest_head(watched):
    watched.hire("north", least=1)
    await watched.grow()
    await watched.region.sequencer.witness()
    async with httpx.AsyncClient(base_url=watched.addresses["north"]) as anybody:
        verifier = CosignatureVerifier((await anybody.get("/key")).text.strip())
        digest = "9f0b"
        assert (await anybody.get(f"/heads/{digest}")).status_code == 404
        head = await anybody.get(f"/heads/{sha256(ORIGIN.encode()).hexdigest()}")
        assert verifier.seen_at(head.text)
        stale = await anybody.post(
            "/add-checkpoint", content=f"old 0\n\n{watched.region.head}".encode()
        )
        assert (stale.status_code, stale.text) == (409, "1\n")
        assert stale.headers["content-type"] == "text/x.tlog.size"
        assert (await anybody.post("/add-checkpoint", content=b"x")).status_code == 400
        assert (await anybody.post("/add-checkpoint", content=b"x" * 200_000)).status_code == 413


def test_a_witness_without_logs_or_with_a_spoilt_key_does_not_start(tmp_path):
    with pytest.raises(InvalidInput):
        logs_of(tmp_path)
    (tmp_path / "logs").write_text("# nobody\n")
    with pytest.raises(InvalidInput):
        logs_of(tmp_path)
    assert key_of(tmp_path, "w.example").verifier_key == key_of(tmp_path, "w.example").verifier_key
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    (tmp_path / "key").write_text("short")
    with pytest.raises(InvalidInput):
        key_of(tmp_path, "w.example")
