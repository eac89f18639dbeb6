"""Upkeep: the database, a check-up, and having things settled again."""

import click
from sqlalchemy.exc import SQLAlchemyError

from service import checkup
from service import migrate as migration
from service.commands.words import assembled, fail, midnight, settings
from service.database import connect
from service.settling import backlog


@click.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    try:
        revision = migration.to_newest(connect(settings().owner_url))
    except SQLAlchemyError as away:
        fail(f"the database cannot be migrated ({str(away).splitlines()[0]})", 1)
    click.echo(f"the database is at revision {revision}")


@click.command()
def doctor() -> None:
    """Check settings, database, broker, mail relay and Stripe; exit 1 names what is wrong."""
    findings = checkup.examine(settings())
    for finding in findings:
        click.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.what}: {finding.detail}")
    if not all(finding.well for finding in findings):
        raise SystemExit(1)


@click.command()
@click.argument("event_ids", nargs=-1)
@click.option("--parked", is_flag=True, help="Everything that waits for a person.")
@click.option("--since", help="Every event received since this day.")
def replay(event_ids: tuple[str, ...], parked: bool, since: str | None) -> None:
    """Settle again: by event, everything parked, or everything since a day."""
    if (bool(event_ids) + parked + (since is not None)) != 1:
        fail("say either event ids, or --parked, or --since")
    with assembled() as parts:
        begin = midnight(since, parts.settings, "--since")
        with parts.sessions.begin() as session:
            if parked:
                again = backlog.unpark(session)
            elif begin:
                again = backlog.reopen_since(session, begin)
            else:
                again = backlog.reopen(session, event_ids)
                if unknown := sorted(set(event_ids) - set(again)):
                    fail(f"nothing to settle is known under {', '.join(unknown)}")
    click.echo(f"{len(again)} to settle again")
