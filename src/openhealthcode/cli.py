"""The `ohc` command: names its verbs and reads their options; ``commands`` does the work."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from openhealthcode.commands.group_verbs import group
from openhealthcode.commands.interaction_verbs import interactions
from openhealthcode.commands.keys_verbs import keys
from openhealthcode.commands.screen import screen
from openhealthcode.commands.terminology_verbs import terminology
from openhealthcode.commands.trust_verbs import trust
from openhealthcode.settings import Settings
from openhealthcode.standards import HealthCodeError

app = typer.Typer(
    name="ohc",
    help="Health records that show themselves when their resident's code is scanned and consents.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
administrator = typer.Typer(help="Accounts that may make accounts.", no_args_is_help=True)
app.add_typer(administrator, name="administrator")
sensitive_map = typer.Typer(help="What betrays sensitive matters.", no_args_is_help=True)
app.add_typer(sensitive_map, name="map")
identity = typer.Typer(help="The resident master index as a whole.", no_args_is_help=True)
app.add_typer(identity, name="identity")
app.add_typer(terminology, name="terminology")
app.add_typer(trust, name="trust")
app.add_typer(keys, name="keys")
app.add_typer(interactions, name="interactions")
app.add_typer(group, name="group")

Demo = Annotated[bool, typer.Option("--demo", help="Work on the demonstration's data.")]


def main() -> None:
    """Run the command; an expected failure is one sentence and exit code 1."""
    try:
        app()
    except HealthCodeError as error:
        typer.secho(f"ohc: {error}", bold=True, err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def demo(
    *,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen at.")] = 8000,
    reset: Annotated[bool, typer.Option("--reset", help="Throw the data away first.")] = False,
) -> None:
    """Start a synthetic region and its site: everything by itself, nothing to configure."""
    from openhealthcode.commands.demo import demo as run

    asyncio.run(run(_settings(demo=True), screen(), host=host, port=port, reset=reset))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Default: OHC_HOST.")] = "",
    port: Annotated[int, typer.Option(help="Default: OHC_PORT.")] = 0,
    workers: Annotated[int, typer.Option(help="Default: OHC_WORKERS.")] = 0,
) -> None:
    """Serve a real installation, over TLS or behind a named proxy."""
    from openhealthcode.commands.serve import serve as run

    settings = _settings()
    run(
        settings,
        host=host or settings.host,
        port=port or settings.port,
        workers=workers or settings.workers,
    )


@app.command()
def migrate() -> None:
    """Bring the database to the shape this release expects."""
    from openhealthcode.commands.migrate import migrate as run

    asyncio.run(run(_settings(), screen()))


@app.command()
def upgrade(port: Annotated[int, typer.Option(help="Default: OHC_PORT.")] = 0) -> None:
    """Replace the release that serves here by this one, without a failed request."""
    from openhealthcode.commands.upgrade import upgrade as run

    settings = _settings()
    sys.exit(asyncio.run(run(settings, screen(), port or settings.port)))


@app.command()
def load(
    paths: Annotated[list[Path], typer.Argument(help="FHIR R4 Bundles, or folders of them.")],
    *,
    demo: Demo = False,
) -> None:
    """File transaction Bundles made by others; again changes nothing."""
    from openhealthcode.commands.load import load as run

    sys.exit(asyncio.run(run(_settings(demo=demo), screen(), paths)))


@app.command()
def verify(
    kept: Annotated[
        list[Path] | None, typer.Option("--kept", help="A head or history kept earlier.")
    ] = None,
    *,
    log: Annotated[str, typer.Option(help="Folder or address of a published log.")] = "",
    history: Annotated[Path | None, typer.Option(help="A resident's own history.")] = None,
    keys: Annotated[Path, typer.Option(help="The log's two public keys.")] = Path("keys.txt"),
    policy: Annotated[Path | None, typer.Option(help="Which witnesses must have seen.")] = None,
    demo: Demo = False,
) -> None:
    """Check the access log; with `--log` or `--history` what was published, without database."""
    if log or history:
        from openhealthcode.commands.verify_log import Published, verify_published

        what = Published(log, history, keys, policy, kept or [])
        sys.exit(verify_published(screen(), what))
    from openhealthcode.commands.verify import verify as run

    sys.exit(asyncio.run(run(_settings(demo=demo), screen(), kept or [])))


@app.command()
def witness(
    folder: Annotated[Path, typer.Argument(help="Its own: key, list of logs, what it cosigned.")],
    *,
    name: Annotated[str, typer.Option(help="Of the witness, e.g. witness.example; for good.")],
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen at.")] = 8030,
) -> None:
    """Watch the logs of others: cosign what only grows. Needs nothing of an installation."""
    from openhealthcode.commands.witness import witness as run

    run(screen(), folder, name, host, port)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The folder that copies lie in.")],
    *,
    demo: Demo = False,
) -> None:
    """Copy database and log while the service goes on; the keys have a command of their own."""
    from openhealthcode.commands.backup import backup as run

    asyncio.run(run(_settings(demo=demo), screen(), target))


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="One copy that `ohc backup` made.")],
    *,
    demo: Demo = False,
) -> None:
    """Fill an empty database from a backup; a log that is here is never rolled back."""
    from openhealthcode.commands.restore import restore as run

    sys.exit(asyncio.run(run(_settings(demo=demo), screen(), source)))


@app.command()
def gap(
    reason: Annotated[str, typer.Argument(help="Why events were lost, and who answers for it.")],
    *,
    demo: Demo = False,
) -> None:
    """After a restore: record which published events are lost, so that the service may start."""
    from openhealthcode.commands.restore import gap as run

    asyncio.run(run(_settings(demo=demo), screen(), reason))


@app.command()
def receipt(
    path: Annotated[Path, typer.Argument(help="The file a resident downloaded.")],
    keys: Annotated[
        Path | None, typer.Option("--keys", help="The two public keys; default: our own.")
    ] = None,
    *,
    demo: Demo = False,
) -> None:
    """Check a receipt without network or database, and say what it proves."""
    from openhealthcode.commands.receipt import receipt as run

    sys.exit(run(_settings(demo=demo), screen(), path, keys))


@app.command()
def leak(
    path: Annotated[Path, typer.Argument(help="A found file, whole or a part of it.")],
    *,
    demo: Demo = False,
) -> None:
    """Say which file that left a found one comes from, or that it cannot be said; logged."""
    from openhealthcode.commands.leak import leak as run

    sys.exit(asyncio.run(run(_settings(demo=demo), screen(), path)))


@app.command()
def replay(
    day: Annotated[str, typer.Argument(help="As 2026-11-22, in China.")],
    *,
    demo: Demo = False,
) -> None:
    """Judge a past day of the log again, by the warning's rules that held then."""
    from openhealthcode.commands.replay import replay as run

    asyncio.run(run(_settings(demo=demo), screen(), day))


@app.command()
def evidence(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    *,
    demo: Demo = False,
) -> None:
    """Write the evaluation pack: check-lists, impact assessment, keys, retention, what is open."""
    from openhealthcode.commands.evidence import evidence as run

    asyncio.run(run(_settings(demo=demo), screen(), folder))


@app.command()
def summary(
    path: Annotated[Path, typer.Argument(help="The scanned text, or a photograph of the code.")],
    key: Annotated[str, typer.Option("--key", help="The public key; default: our own.")] = "",
    *,
    demo: Demo = False,
) -> None:
    """Check an emergency summary without network or database, and print what it says."""
    from openhealthcode.commands.summary import summary as run

    sys.exit(run(_settings(demo=demo), screen(), path, key))


@app.command("verify-card")
def verify_card(path: Path, to: str = "", *, demo: Demo = False) -> None:
    """Check a health card or certificate offline; `--to shc|hc1` signs it anew and tells losses."""
    from openhealthcode.commands.verify_card import verify_card as run

    sys.exit(run(_settings(demo=demo), screen(), path, to))


@app.command("verify-code")
def verify_code(
    code: Annotated[str, typer.Argument(help="The digits, a picture, or - for a scanner.")] = "-",
    *,
    lists: Annotated[
        Path, typer.Option("--lists", help="A folder as `ohc trust export` writes it.")
    ] = Path(),
    challenge: Annotated[
        str, typer.Option(help="Of the counter's code that was answered; hexadecimal.")
    ] = "",
) -> None:
    """Check signed codes without network or database; what passes, passes once."""
    from openhealthcode.commands.verify_code import verify_code as run

    sys.exit(run(screen(), lists, code, challenge))


@app.command()
def doctor(*, demo: Demo = False) -> None:
    """Look at each part of the installation and say what is wrong with it."""
    from openhealthcode.commands.doctor import doctor as run

    sys.exit(asyncio.run(run(_settings(demo=demo), screen())))


@app.command(context_settings={"ignore_unknown_options": True})
def psql(
    arguments: Annotated[list[str] | None, typer.Argument(help="For psql itself.")] = None,
    *,
    demo: Demo = False,
) -> None:
    """Open PostgreSQL's own client on the database we bring."""
    from openhealthcode.commands.psql import psql as run

    sys.exit(asyncio.run(run(_settings(demo=demo), arguments or [])))


@sensitive_map.command("show")
def map_show(*, demo: Demo = False) -> None:
    """Print the edition in force as a text to edit."""
    from openhealthcode.commands.sensitive_map import show as run

    asyncio.run(run(_settings(demo=demo), screen()))


@sensitive_map.command("compare")
def map_compare(
    path: Annotated[Path, typer.Argument(help="A map as a text.")], *, demo: Demo = False
) -> None:
    """Check a text and say what it would close and no longer list."""
    from openhealthcode.commands.sensitive_map import compare as run

    asyncio.run(run(_settings(demo=demo), screen(), path))


@sensitive_map.command("reread")
def map_reread(*, demo: Demo = False) -> None:
    """Go through what was filed before an edition was approved, now and to the end."""
    from openhealthcode.commands.sensitive_map import reread as run

    asyncio.run(run(_settings(demo=demo), screen()))


@identity.command("load")
def identity_load(
    path: Annotated[Path, typer.Argument(help="CSV, Parquet, FHIR Bundle or NDJSON.")],
    *,
    results: Annotated[
        Path | None, typer.Option(help="Result of each row; default: beside the file.")
    ] = None,
    kinds: Annotated[
        str, typer.Option(help="The table its certificate kinds are written in.")
    ] = "ws-364-3",
    encoding: Annotated[str, typer.Option(help="Of a CSV file; often gb18030.")] = "utf-8-sig",
    leave_out: Annotated[
        list[str] | None, typer.Option(help="A column to leave out on purpose; again for more.")
    ] = None,
    checked: Annotated[
        bool, typer.Option("--checked", help="The public-security service confirmed these people.")
    ] = False,
    processes: Annotated[
        int, typer.Option(min=0, max=64, help="0: as many as the machine has processors.")
    ] = 0,
    demo: Demo = False,
) -> None:
    """Register everybody a file names; interrupted, it goes on where it stopped."""
    from openhealthcode.commands.identity_load import load as run
    from openhealthcode.commands.identity_load import reading

    how, settings = reading(kinds, encoding, leave_out or ()), _settings(demo=demo)
    loading = run(settings, screen(), path, results, how, is_checked=checked, processes=processes)
    sys.exit(asyncio.run(loading))


@identity.command("canaries")
def identity_canaries(
    count: Annotated[int, typer.Argument(help="How many, 1 to 1000.")] = 50, *, demo: Demo = False
) -> None:
    """Plant residents who do not exist: whoever asks for one is trying out identities."""
    from openhealthcode.commands.canaries import canaries as run

    asyncio.run(run(_settings(demo=demo), screen(), count))


@identity.command("staff")
def identity_staff(
    path: Annotated[Path, typer.Argument(help="CSV: institution, staff_number, id_number.")],
    *,
    encoding: Annotated[str, typer.Option(help="Of the file; often gb18030.")] = "utf-8-sig",
    demo: Demo = False,
) -> None:
    """Say which of the staff are which residents, so that looks at relatives stand out."""
    from openhealthcode.commands.identity_staff import staff as run

    sys.exit(asyncio.run(run(_settings(demo=demo), screen(), path, encoding)))


@identity.command("link")
def identity_link(
    *,
    model: Annotated[Path | None, typer.Option(help="A model file; default: ours.")] = None,
    train: Annotated[
        Path | None, typer.Option(help="Estimate a model anew and write it here.")
    ] = None,
    report: Annotated[Path, typer.Option(help="Where the report goes.")] = Path("linkage.html"),
    export: Annotated[
        Path | None, typer.Option(help="Write the keyed table here, as Parquet.")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(help="Pairs a larger engine found over that table, as Parquet.")
    ] = None,
    from_bits: Annotated[float, typer.Option(help="What reaches so many is suggested.")] = 0.0,
    most: Annotated[int, typer.Option(help="So many go to review at most; 0: none.")] = 20_000,
    demo: Demo = False,
) -> None:
    """Find entries that may be one person, by Splink on DuckDB; merges nobody."""
    from openhealthcode.commands.identity_link import Wanted
    from openhealthcode.commands.identity_link import link as run

    wanted = Wanted(model, train, report, export, pairs, from_bits, most)
    sys.exit(asyncio.run(run(_settings(demo=demo), screen(), wanted)))


@identity.command("quality")
def identity_quality(
    *,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m"], help="From this month on; default: this year."),
    ] = None,
    demo: Demo = False,
) -> None:
    """Say how sound each institution's registrations are."""
    from openhealthcode.commands.identity_quality import quality as run

    asyncio.run(run(_settings(demo=demo), screen(), since))


@app.command("uses")
def code_uses(file: Annotated[Path | None, typer.Argument()] = None, *, demo: Demo = False) -> None:
    """Say who settles and pays by the code where, and which regions are asked; bring in a file."""
    from openhealthcode.commands.code_uses import bring_in as run

    asyncio.run(run(_settings(demo=demo), screen(), file))


@administrator.command("create")
def administrator_create(
    institution: Annotated[str, typer.Option(prompt=True, help="The authority's name.")],
    name: Annotated[str, typer.Option(prompt=True, help="The person's name.")],
    staff_number: Annotated[str, typer.Option(prompt=True, help="What they sign in with.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
) -> None:
    """Make the first administrator's account."""
    from openhealthcode.commands.administrator import create as run
    from openhealthcode.sign_in.staff import FirstAdministrator

    first = FirstAdministrator(name, staff_number, password, institution)
    asyncio.run(run(_settings(), screen(), first))


def _settings(*, demo: bool = False) -> Settings:
    from openhealthcode.commands.installation import of_demonstration

    settings = Settings.from_environment()
    return of_demonstration(settings) if demo else settings
