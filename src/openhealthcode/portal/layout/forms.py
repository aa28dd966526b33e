"""What a page's form sent, bounded before it is read."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from openhealthcode.standards.errors import InvalidInput, TooLarge

_MOST_BYTES = 64 * 1024
_MOST_FIELDS = 2_000


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a submitted form, in the order of the page."""

    fields: tuple[tuple[str, str], ...]

    def text(self, name: str) -> str:
        """The first value of a field, without surrounding space; empty when it is missing."""
        return next((value.strip() for key, value in self.fields if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, as ticked boxes of one name send them."""
        return tuple(value for key, value in self.fields if key == name)

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self.fields)


async def read_form(request: Request, *, most_bytes: int = _MOST_BYTES) -> Form:
    """Read a URL-encoded form.

    Raises:
        TooLarge: the body exceeds ``most_bytes``.
        InvalidInput: not UTF-8, or more fields than any page of ours has.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise TooLarge
    try:
        fields = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise InvalidInput("the form is not readable") from error
    return Form(tuple(fields))
