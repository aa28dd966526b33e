"""The verbs of `ohc trust` and their options; ``trust``, ``trust_files`` and ``trust_import`` do the work."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from openhealthcode.commands.screen import screen
from openhealthcode.settings import Settings

trust = typer.Typer(help="Who may sign codes: keys, roots, lists.", no_args_is_help=True)

Out = Annotated[Path, typer.Option("--out", help="The file to write.")]
Roots = Annotated[Path | None, typer.Option("--roots", help="The authority's file.")]
Passphrase = Annotated[
    str,
    typer.Option(prompt=True, hide_input=True, envvar="TRUST_ROOT_PASSPHRASE", help="Of the root."),
]
Demo = Annotated[bool, typer.Option("--demo", help="Work on the demonstration's data.")]


@trust.command("root")
def trust_root(
    path: Annotated[Path, typer.Argument(help="Where the key goes; keep it offline.")],
    passphrase: Annotated[
        str,
        typer.Option(
            prompt=True, hide_input=True, confirmation_prompt=True, envvar="TRUST_ROOT_PASSPHRASE"
        ),
    ],
    suite: Annotated[str, typer.Option(help="es256, ed25519 or sm2-sm3.")] = "es256",
) -> None:
    """Make one national root's key, on a computer of its own."""
    from openhealthcode.commands.trust_files import root as run

    run(screen(), path, suite, passphrase)


@trust.command("draft")
def trust_draft(
    requests: Annotated[list[Path] | None, typer.Argument(help="What regions ask.")] = None,
    *,
    out: Out = Path("body.cbor"),
    last: Annotated[Path | None, typer.Option(help="The list before; none: the first.")] = None,
    roots: Roots = None,
) -> None:
    """Write the body of the next list, for the roots to sign."""
    from openhealthcode.commands.trust_files import draft as run

    run(screen(), out, last, requests or [], roots)


@trust.command("sign")
def trust_sign(
    body: Annotated[Path, typer.Argument(help="The body of a list.")],
    passphrase: Passphrase,
    *,
    key: Annotated[Path, typer.Option("--root", help="The root's key.")],
    out: Out = Path("signature"),
) -> None:
    """Tell what a body says and sign it with one root's key."""
    from openhealthcode.commands.trust_files import sign as run

    run(screen(), body, key, out, passphrase)


@trust.command("assemble")
def trust_assemble(
    body: Annotated[Path, typer.Argument(help="The body of a list.")],
    signatures: Annotated[list[Path], typer.Argument(help="The roots' signatures of it.")],
    *,
    roots: Annotated[Path, typer.Option("--roots", help="The authority's file.")],
    out: Out = Path("list.cbor"),
) -> None:
    """Put a body and its roots' signatures together to a list, and check it."""
    from openhealthcode.commands.trust_files import assemble as run

    run(screen(), body, signatures, out, roots)


@trust.command("init")
def trust_init(
    files: Annotated[list[Path], typer.Argument(help="Roots' public parts, or an authority.")],
    *,
    needed: Annotated[int, typer.Option(help="How many of them have to sign.")] = 2,
    name: Annotated[str, typer.Option(help="What to call them.")] = "national",
    region: Annotated[
        list[int] | None, typer.Option(help="The only regions they speak for; again for more.")
    ] = None,
    demo: Demo = False,
) -> None:
    """Believe the lists that these roots sign; without it nothing is believed."""
    from openhealthcode.commands.trust import init as run

    run(_settings(demo=demo), screen(), files, needed, name, region or [])


@trust.command("dismiss")
def trust_dismiss(
    name: Annotated[str, typer.Argument(help="An authority, or a source of keys.")],
    *,
    demo: Demo = False,
) -> None:
    """Believe somebody's lists no longer."""
    from openhealthcode.commands.trust import dismiss as run

    run(_settings(demo=demo), screen(), name)


@trust.command("issuer")
def trust_issuer(
    *,
    out: Out = Path("request.json"),
    suite: Annotated[str, typer.Option(help="Default: as OHC_SUITE says.")] = "",
    begins: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="When it is to sign.")
    ] = None,
    demo: Demo = False,
) -> None:
    """Make a key of this region for signed codes, and the request to list it."""
    from openhealthcode.commands.trust import issuer as run

    begins = begins and begins.replace(tzinfo=UTC)
    run(_settings(demo=demo), screen(), out, suite, begins=begins)


@trust.command("rotate")
def trust_rotate(*, out: Out = Path("request.json"), demo: Demo = False) -> None:
    """Make the next key and ask to let the present one retire when it begins."""
    from openhealthcode.commands.trust import rotate as run

    run(_settings(demo=demo), screen(), out)


@trust.command("compromise")
def trust_compromise(
    key: Annotated[str, typer.Argument(help="Its eight hexadecimal digits.")],
    *,
    out: Out = Path("request.json"),
    demo: Demo = False,
) -> None:
    """Destroy a key that others may know, now, and ask to leave it out of the next list."""
    from openhealthcode.commands.trust import compromise as run

    run(_settings(demo=demo), screen(), key, out)


@trust.command("publish")
def trust_publish(
    path: Annotated[Path, typer.Argument(help="A list its roots have signed.")],
    *,
    demo: Demo = False,
) -> None:
    """Publish a national list: logged, and believed by every process."""
    from openhealthcode.commands.trust import publish as run

    asyncio.run(run(_settings(demo=demo), screen(), path))


@trust.command("import")
def trust_import(
    path: Annotated[Path, typer.Argument(help="A list of any form.")],
    *,
    authority: Annotated[str, typer.Option(help="Whose word it is.")] = "national",
    address: Annotated[str, typer.Option(help="Of the issuer, for a JWK Set.")] = "",
    demo: Demo = False,
) -> None:
    """Take over a trust list, revoked codes, or others' keys (JWK Set, DSC list, DID)."""
    from openhealthcode.commands.trust_import import take_over as run

    asyncio.run(run(_settings(demo=demo), screen(), path, authority, address))


@trust.command("export")
def trust_export(
    folder: Annotated[Path, typer.Argument(help="Where the files go.")], *, demo: Demo = False
) -> None:
    """Write lists, roots, revoked codes and keys for others."""
    from openhealthcode.commands.trust import export as run

    asyncio.run(run(_settings(demo=demo), screen(), folder))


@trust.command("check")
def trust_check(
    path: Annotated[Path | None, typer.Argument(help="A list; default: our own.")] = None,
    *,
    roots: Roots = None,
    demo: Demo = False,
) -> None:
    """Say whom a list lets one believe, and what is to be done; 1 if anything is."""
    from openhealthcode.commands.trust import check as run

    sys.exit(asyncio.run(run(_settings(demo=demo), screen(), path, roots)))


def _settings(*, demo: bool) -> Settings:
    from openhealthcode.commands.installation import of_demonstration

    settings = Settings.from_environment()
    return of_demonstration(settings) if demo else settings
