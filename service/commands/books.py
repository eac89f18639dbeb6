"""The books: exports, the comparison with Stripe, deriving them again, taking over, closing a month."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from service import ledger, reports
from service.commands.words import assembled, fail, midnight
from service.ledger import Finding
from service.settling import adopting
from service.settling import reconcile as reconciling


@click.command()
@click.argument("report")
@click.option("--from", "date_from", help="First day, in the newsroom's time zone.")
@click.option("--to", "date_to", help="Last day, itself included.")
@click.option("--currency")
@click.option("--as-of", help="As the books stood at this instant (ISO 8601).")
@click.option("--format", "file_format", default="csv", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path))
def export(
    report: str,
    date_from: str | None,
    date_to: str | None,
    currency: str | None,
    as_of: str | None,
    file_format: str,
    output: Path | None,
) -> None:
    """Write a report: donations, ledger or trial-balance."""
    with assembled() as parts:
        zone = parts.settings.newsroom_timezone
        try:
            asked = reports.ExportRequest.parse(
                report, date_from, date_to, currency, as_of, file_format, zone
            )
            if output:
                reports.export_to_file(parts.engine, asked, output, parts.keyring)
            else:
                reports.export(parts.engine, asked, sys.stdout.buffer, parts.keyring)
        except reports.CannotExport as refused:
            fail("\nsustainer: ".join(refused.reasons))
        except (reports.FiguresDisagree, reports.BooksBusy) as wrong:
            fail(str(wrong), 1)
        except OSError as unwritable:
            fail(f"{output or 'the output'} cannot be written: {unwritable.strerror}")


@click.command()
@click.option("--since", help="Everything that Stripe lists from this day on; five weeks otherwise.")
def reconcile(since: str | None) -> None:
    """Fetch what is missing and compare with Stripe; exit 1 names each difference and its likely cause."""
    with assembled() as parts:
        findings = reconciling.reconcile(parts, midnight(since, parts.settings, "--since"))
    _tell(findings, "the books agree with Stripe")


@click.command()
@click.option("--check", is_flag=True, required=True, help="Compare only; the books are never rewritten.")
def rebuild(check: bool) -> None:  # noqa: ARG001 - said so that nobody expects the books to be rewritten
    """Derive every entry again from Stripe's rows, and compare; exit 1 on a difference."""
    with assembled() as parts, parts.sessions.begin() as session:
        findings = list(ledger.rebuild_check(session))
    _tell(findings, "every entry is as it would be written today")


@click.command()
@click.option("--from", "begin", help="Begin with an opening entry at this day; the whole history otherwise.")
def adopt(begin: str | None) -> None:
    """Take over a Stripe account that already has a history."""
    with assembled() as parts:
        try:
            adopting.adopt(parts, midnight(begin, parts.settings, "--from"))
        except adopting.CannotAdopt as refused:
            fail(str(refused))
    click.echo("adopted; `sustainer reconcile` compares it with Stripe")


@click.command()
@click.argument("month")
@click.option("--by", required=True, help="Who closes it: kept with the period.")
def close(month: str, by: str) -> None:
    """Close a month's books: a late fact is posted to the first open day from then on."""
    with assembled() as parts, parts.sessions.begin() as session:
        try:
            ledger.close_period(session, month, by, parts.settings.newsroom_timezone)
        except ledger.CannotClose as refused:
            fail(str(refused))
    click.echo(f"{month} is closed")


def _tell(findings: Sequence[Finding], well: str) -> None:
    for finding in findings:
        click.echo(f"{finding.what}: {finding.where}: {finding.cause}")
    if findings:
        raise SystemExit(1)
    click.echo(well)
