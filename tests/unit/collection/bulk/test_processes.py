"""What is passed between the processes of a load arrives whole, in either event loop."""

from __future__ import annotations

import asyncio
import os
import struct
from multiprocessing import Pipe

import pytest
import uvloop

from openhealthcode.collection.bulk.processes import _listen


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_message_that_arrives_in_halves_is_one_and_the_end_is_told_once(loop):
    ours, theirs = Pipe()
    arrived: list[bytes] = []

    async def hear() -> None:
        is_over = asyncio.Event()

        def deliver(message: bytes) -> None:
            arrived.append(message)
            if not message:
                is_over.set()

        _listen(theirs, deliver)
        message = b"x" * 1000
        os.write(ours.fileno(), struct.pack("!i", len(message)) + message[:400])
        await asyncio.sleep(0.2)
        os.write(ours.fileno(), message[400:])
        ours.close()
        await asyncio.wait_for(is_over.wait(), timeout=60)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(hear())
    theirs.close()
    assert arrived == [b"x" * 1000, b""]
