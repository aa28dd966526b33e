"""The one file a form carries: bounded while it arrives, and never written to a disk."""

from __future__ import annotations

from collections.abc import AsyncIterator

from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from openhealthcode.standards import InvalidInput, TooLarge

_MOST_FIELDS = 4


async def read_upload(
    request: Request, name: str, *, most_bytes: int
) -> tuple[bytes, dict[str, str]]:
    """The file under a name, and the form's few other fields.

    Raises:
        TooLarge: the form has more than ``most_bytes``.
        InvalidInput: not a form with one file under that name.
    """

    async def bounded() -> AsyncIterator[bytes]:
        total = 0
        async for chunk in request.stream():
            total += len(chunk)
            if total > most_bytes:
                raise TooLarge
            yield chunk

    parser = MultiPartParser(request.headers, bounded(), max_files=1, max_fields=_MOST_FIELDS)  # type: ignore[arg-type] # any async iterator will do
    parser.spool_max_size = most_bytes
    try:
        form = await parser.parse()
    except (MultiPartException, MultipartParseError, KeyError, ValueError):
        raise InvalidInput("the form cannot be read") from None
    try:
        sent = form.get(name)
        if not isinstance(sent, UploadFile):
            raise InvalidInput("the form holds no file")
        texts = {key: value for key, value in form.items() if isinstance(value, str)}
        return await sent.read(), texts
    finally:
        await form.close()
