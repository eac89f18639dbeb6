"""The `sustainer` command: starts the processes, and does by hand what a person has to do.

Bad input is one line on stderr and exit code 2; a check that finds something wrong is exit code 1.
"""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from service import together
from service.settings import Misconfigured, Settings


def fail(reason: str, code: int = 2) -> NoReturn:
    click.echo(f"sustainer: {reason}", err=True)
    raise SystemExit(code)


def settings() -> Settings:
    """The settings of this process; one line for each thing that is wrong with them."""
    try:
        return Settings.from_environment()
    except Misconfigured as misconfigured:
        fail("\nsustainer: ".join(misconfigured.problems))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Sustainer, the donation service for independent newsrooms."""


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--fresh", is_flag=True, help="Forget what the demo kept in .local/.")
def demo(port: int, fresh: bool) -> None:
    """Everything on this machine, with the sandbox in place of Stripe and mail."""
    _become(sys.executable, "-m", "sandbox.demo", "--port", str(port), *(["--fresh"] if fresh else []))


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 inside a container.")
def serve(port: int, host: str) -> None:
    """The web service (gunicorn)."""
    ours = settings()
    _become(
        *(sys.executable, "-m", "gunicorn", "service.wsgi:app", "--bind", f"{host}:{port}"),
        *("--workers", str(ours.web_processes), "--threads", str(ours.web_threads)),
        *("--worker-class", "gthread", "--config", str(Path(__file__).with_name("gunicorn_conf.py"))),
    )


@main.command()
@click.option("--queue", type=click.Choice(["ticks", "mail", "all"]), default="all", show_default=True)
def worker(queue: str) -> None:
    """The Celery workers: settling on its queue, mail on its own, each with processes of its own."""
    ours = settings()
    queues = ["ticks", "mail"] if queue == "all" else [queue]
    commands = [
        [
            *(sys.executable, "-m", "celery", "--app", "workers.app", "worker"),
            *("--queues", name, "--concurrency", str(ours.worker_processes)),
            *("--hostname", f"{name}@%h-{os.getpid()}", "--loglevel", ours.log_level),
            *("--without-gossip", "--without-mingle"),
        ]
        for name in queues
    ]
    if len(commands) == 1:
        _become(*commands[0])
    raise SystemExit(together.run(commands))


@main.command()
def clock() -> None:
    """The Celery clock (beat): publishes the ticks. Two at once do no harm."""
    ours = settings()
    _become(
        *(sys.executable, "-m", "celery", "--app", "workers.app", "beat"),
        *("--scheduler", "workers.app:Ticker"),
        *("--loglevel", ours.log_level),
    )


@main.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    from service import migrate as migration
    from service.database import connect

    try:
        revision = migration.to_newest(connect(settings().owner_url))
    except SQLAlchemyError as away:
        fail(f"the database cannot be migrated ({str(away).splitlines()[0]})", 1)
    click.echo(f"the database is at revision {revision}")


@main.command()
def doctor() -> None:
    """Check settings, database, broker, mail relay and Stripe; exit 1 names what is wrong."""
    from service import checkup

    findings = checkup.examine(settings())
    for finding in findings:
        click.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.what}: {finding.detail}")
    if not all(finding.well for finding in findings):
        raise SystemExit(1)


@main.command()
@click.argument("event_ids", nargs=-1)
@click.option("--parked", is_flag=True, help="Everything that waits for a person.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Every event received since this day.")
def replay(event_ids: tuple[str, ...], parked: bool, since: datetime | None) -> None:
    """Settle again: by event, everything parked, or everything since a day."""
    from service.parts import assemble
    from service.settling import queue

    if (bool(event_ids) + parked + (since is not None)) != 1:
        fail("say either event ids, or --parked, or --since")
    ours = settings()
    parts = assemble(ours)
    try:
        with parts.sessions.begin() as session:
            if parked:
                again = queue.unpark(session)
            elif since:
                again = queue.reopen_since(session, since.replace(tzinfo=ours.newsroom_timezone))
            else:
                again = queue.reopen(session, event_ids)
                if unknown := sorted(set(event_ids) - set(again)):
                    fail(f"nothing to settle is known under {', '.join(unknown)}")
    except SQLAlchemyError as away:
        fail(f"the database cannot be used ({type(away).__name__})", 1)
    finally:
        parts.close()
    click.echo(f"{len(again)} to settle again")


@main.command()
@click.argument("report")
@click.option("--from", "date_from", required=True, help="First day, in the newsroom's time zone.")
@click.option("--to", "date_to", required=True, help="Last day, itself included.")
@click.option("--currency")
@click.option("--as-of", help="As the books stood at this instant (ISO 8601).")
@click.option("--format", "file_format", default="csv", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path))
def export(
    report: str,
    date_from: str,
    date_to: str,
    currency: str | None,
    as_of: str | None,
    file_format: str,
    output: Path | None,
) -> None:
    """Write a report: donations, ledger or trial-balance."""
    from service import reports
    from service.crypto import Keyring
    from service.database import connect

    ours = settings()
    zone = ours.newsroom_timezone
    try:
        asked = reports.ExportRequest.parse(report, date_from, date_to, currency, as_of, file_format, zone)
    except reports.CannotExport as refused:
        fail("\nsustainer: ".join(refused.reasons))
    engine, keyring = connect(ours.database_url, pool_size=1), Keyring(ours.pii_keys, ours.lookup_keys)
    try:
        if output:
            reports.export_to_file(engine, asked, output, keyring)
        else:
            reports.export(engine, asked, sys.stdout.buffer, keyring)
    except (reports.FiguresDisagree, reports.BooksBusy) as wrong:
        fail(str(wrong), 1)
    except OSError as unwritable:
        fail(f"{output or 'the output'} cannot be written: {unwritable.strerror}")
    except SQLAlchemyError as away:
        fail(f"the database cannot be used ({type(away).__name__})", 1)
    finally:
        engine.dispose()


def _become(*command: str) -> NoReturn:
    """Hand this process over, so that signals reach the program itself."""
    os.execv(command[0], command)
