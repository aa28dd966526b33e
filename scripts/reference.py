"""Write the reference of error codes and routes from the program, or fail if it is out of date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from check_docs import ROOT, kinds_of_error, route_paths
from openhealthcode import app, settings
from openhealthcode.fhir.outcome import ANSWERS
from openhealthcode.standards.errors import first_line

PAGE = ROOT / "docs" / "reference.md"
HEAD = """# Reference

Made from the program by `scripts/reference.py`.

## Errors

Codes are stable. A message names the rule that failed, never the value. Over HTTP each is an
OperationOutcome with this status and issue type (FHIR R4, value set issue-type); pages say it in the
reader's language.

| code | status | issue type | message |
|---|---|---|---|
"""
ROUTES = """
## Routes

FHIR below `/fhir` ([conformance](conformance.md)); the rest is described at `/openapi.json` and `/docs`, or
is a page.

"""


def page() -> str:
    """The page as the program is now."""
    messages: dict[str, str] = {}
    for kind in kinds_of_error():
        messages.setdefault(kind.code, first_line(kind))
    errors = [
        f"| `{code}` | {ANSWERS[code][0]} | {ANSWERS[code][1]} | {messages[code]} |"
        for code in sorted(messages)
    ]
    paths = route_paths(app.create(settings.Settings(Path("unused"))).routes)
    routes = [f"- `{path}`" for path in paths if path]
    return HEAD + "\n".join(errors) + "\n" + ROUTES + "\n".join(routes) + "\n"


def main() -> None:
    """Write the page; with ``--check``, only fail if it differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    text = page()
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return
    if is_check:
        print("docs/reference.md is not what the program is: run scripts/reference.py")
        sys.exit(1)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
