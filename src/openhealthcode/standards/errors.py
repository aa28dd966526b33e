"""What every failure this project expects has in common."""

from __future__ import annotations

from typing import ClassVar


class HealthCodeError(Exception):
    """The request could not be carried out.

    A subclass stands for one rule that failed. Its docstring's first line is the message, its
    ``code`` is stable and belongs to the public interface. A message names the rule and never
    repeats the personal value that broke it.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or first_line(type(self)))


class Forbidden(HealthCodeError):
    """This account may not do that."""

    code = "forbidden"


class NotFound(HealthCodeError):
    """There is nothing here that this account may see."""

    code = "not-found"


class Conflict(HealthCodeError):
    """Somebody else changed the same record; try again."""

    code = "conflict"


class InvalidInput(HealthCodeError):
    """The input does not have the expected form."""

    code = "invalid"


class TooLarge(HealthCodeError):
    """The input is larger than this service accepts."""

    code = "too-large"


class TooManyAttempts(HealthCodeError):
    """Too many attempts; wait before trying again."""

    code = "too-many-attempts"


def first_line(documented: type) -> str:
    """The first line of a class's docstring, which is its message."""
    return (documented.__doc__ or documented.__name__).strip().splitlines()[0]
