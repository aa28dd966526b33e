"""`ohc witness`: watch other installations' logs, on a computer and with a key of one's own.

Needs no database and none of an installation's keys. Its folder holds the key (made at the first
start), a list of the logs it watches, and the newest head of each that it cosigned.

Source: c2sp.org/tlog-witness.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from secrets import token_bytes
from typing import Final

import uvicorn
from rich.console import Console
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from openhealthcode.standards import InvalidInput, TooLarge
from openhealthcode.transparency import (
    LARGEST_REQUEST,
    Cosigner,
    NoteVerifier,
    Refusal,
    UntrustedNote,
    WitnessState,
)

_SEED_BYTES: Final = 32
_STATUS: Final = {
    Refusal.MALFORMED: 400,
    Refusal.UNKNOWN_LOG: 404,
    Refusal.UNTRUSTED: 403,
    Refusal.LARGER: 400,
    Refusal.STALE: 409,
    Refusal.FORK: 409,
    Refusal.INCONSISTENT: 422,
}
_SIZE_TYPE: Final = "text/x.tlog.size"


def witness(console: Console, folder: Path, name: str, host: str, port: int) -> None:
    """Serve a witness until told to end.

    Args:
        folder: the witness's own; its file ``logs`` has a log's public key on each line.
        name: of the witness, the same for good.

    Raises:
        InvalidInput: a log's key cannot be read, or none is there.
    """
    cosigner = key_of(folder, name)
    console.print(f"witness {cosigner.verifier_key}", highlight=False, soft_wrap=True)
    state = WitnessState(folder, logs_of(folder), cosigner)
    uvicorn.run(application(state, cosigner), host=host, port=port, log_level="warning")


def application(state: WitnessState, cosigner: Cosigner) -> Starlette:
    """The witness over HTTP: where heads are submitted, and what it cosigned."""

    async def add_checkpoint(request: Request) -> Response:
        body = await _body(request)
        answer = await asyncio.to_thread(state.add, body, int(time.time()))
        if answer.refusal is None:
            return PlainTextResponse(answer.cosignature)
        status = _STATUS[answer.refusal]
        if answer.refusal is Refusal.STALE:
            return Response(f"{answer.size}\n", status, {"Content-Type": _SIZE_TYPE})
        return PlainTextResponse(f"{answer.refusal.value}\n", status)

    async def tell_key(_: Request) -> Response:
        return PlainTextResponse(f"{cosigner.verifier_key}\n")

    async def tell_head(request: Request) -> Response:
        note = await asyncio.to_thread(state.newest_of, request.path_params["log"])
        if note is None:
            return PlainTextResponse("nothing of this log was cosigned here\n", 404)
        return PlainTextResponse(note, headers={"Cache-Control": "no-cache"})

    async def too_large(_: Request, __: Exception) -> Response:
        return PlainTextResponse("the request is too large\n", 413)

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/key", tell_key),
            Route("/heads/{log}", tell_head),
        ],
        exception_handlers={TooLarge: too_large},
    )


def key_of(folder: Path, name: str) -> Cosigner:
    """The witness's key, made when there is none; readable by its owner alone.

    Raises:
        InvalidInput: the file is not a key.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "wb") as file:
            file.write(token_bytes(_SEED_BYTES).hex().encode())
            file.flush()
            os.fsync(descriptor)
    try:
        return Cosigner(name, bytes.fromhex(path.read_text("ascii")))
    except ValueError:
        raise InvalidInput("this is no witness's name and key") from None


def logs_of(folder: Path) -> list[NoteVerifier]:
    """The logs to watch: the file ``logs``, a public key on each line, ``#`` before remarks.

    Raises:
        InvalidInput: there is none, or one cannot be read.
    """
    path = folder / "logs"
    try:
        lines = path.read_text("utf-8").splitlines()
        logs = [NoteVerifier(line.strip()) for line in lines if line.strip() and line[0] != "#"]
    except (OSError, UnicodeDecodeError, UntrustedNote):
        raise InvalidInput(f"{path} holds a log's public key on each line") from None
    if not logs:
        raise InvalidInput(f"{path} names no log")
    return logs


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_REQUEST:
            raise TooLarge
    return body
