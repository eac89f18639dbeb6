"""The processes: what a machine starts and keeps running."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from service import together
from service.commands.words import settings

GUNICORN_CONFIG = Path(__file__).parent.parent / "gunicorn_conf.py"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--fresh", is_flag=True, help="Forget what the demo kept in .local/.")
def demo(port: int, fresh: bool) -> None:
    """Everything on this machine, with the sandbox in place of Stripe and mail."""
    _become(sys.executable, "-m", "sandbox.demo", "--port", str(port), *(["--fresh"] if fresh else []))


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 inside a container.")
def serve(port: int, host: str) -> None:
    """The web service (gunicorn)."""
    ours = settings()
    _become(
        *(sys.executable, "-m", "gunicorn", "service.wsgi:app", "--bind", f"{host}:{port}"),
        *("--workers", str(ours.web_processes), "--threads", str(ours.web_threads)),
        *("--worker-class", "gthread", "--config", str(GUNICORN_CONFIG)),
    )


@click.command()
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


@click.command()
def clock() -> None:
    """The Celery clock (beat): publishes the ticks. Two at once do no harm."""
    ours = settings()
    _become(
        *(sys.executable, "-m", "celery", "--app", "workers.app", "beat"),
        *("--scheduler", "workers.app:Ticker"),
        *("--loglevel", ours.log_level),
    )


def _become(*command: str) -> NoReturn:
    """Hand this process over, so that signals reach the program itself."""
    os.execv(command[0], command)
