"""What all commands share: settings, a clear end, and errors of one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from service.gateway import StripeAway, StripeRefused
from service.parts import Parts, assemble
from service.settings import Misconfigured, Settings


def fail(reason: str, code: int = 2) -> NoReturn:
    """2: what was asked makes no sense. 1: it does, and something is wrong."""
    click.echo(f"sustainer: {reason}", err=True)
    raise SystemExit(code)


def settings() -> Settings:
    """The settings of this process; one line for each thing that is wrong with them."""
    try:
        return Settings.from_environment()
    except Misconfigured as misconfigured:
        fail("\nsustainer: ".join(misconfigured.problems))


@contextmanager
def assembled() -> Iterator[Parts]:
    """The parts, for as long as the command works with them; what is away is said in one line."""
    parts = assemble(settings())
    try:
        with said_in_one_line():
            yield parts
    finally:
        parts.close()


@contextmanager
def said_in_one_line() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as away:
        fail(f"the database cannot be used ({type(away).__name__})", 1)
    except (StripeAway, StripeRefused) as away:
        fail(f"stripe cannot be asked ({away})", 1)


def midnight(day: str | None, ours: Settings, option: str) -> datetime | None:
    """The first instant of a day in the newsroom's zone."""
    if day is None:
        return None
    try:
        parsed = date.fromisoformat(day)
    except ValueError:
        fail(f"{option}: {day!r} is no day, write YYYY-MM-DD")
    return datetime(parsed.year, parsed.month, parsed.day, tzinfo=ours.newsroom_timezone)
