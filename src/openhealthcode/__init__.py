"""Health records that show themselves when their resident's code is scanned and consents.

One program: the folders are the words of the domain. Start with ``access``, the one door out, and
follow its imports downwards; ``docs/architecture.md`` has the picture.
"""


def __getattr__(name: str) -> str:
    """The version, looked up when it is asked for: whoever only checks a file does not wait for it."""
    if name != "__version__":
        raise AttributeError(name)
    from importlib.metadata import version  # noqa: PLC0415 - see above

    return version("openhealthcode")
