"""docker-compose.yml is true: each of its commands runs here, without Docker, against the tests' parts."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.programs import ROOT, answers, free_port, program, until
from tests.running import SUSTAINER

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OUR_IMAGES = {name for name, service in COMPOSE["services"].items() if "build" in service}
READY_WORDS = {"worker": "ready", "clock": "the clock ticks"}


def command_of(name: str, replaced: dict[str, str]) -> list[str]:
    """The service's command, with what is different outside its container replaced."""
    command = list(COMPOSE["services"][name]["command"])
    for written, here in replaced.items():
        command = [part.replace(written, here) for part in command]
    program_name = {"sustainer": SUSTAINER, "python": sys.executable}[command[0]]
    return [program_name, *command[1:]]


def says(log: Path, word: str) -> bool:
    return word in log.read_text()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def test_every_service_of_ours_is_played_here() -> None:
    assert {"migrate", "web", "worker", "clock", "stripe", "mailbox"} == OUR_IMAGES


def test_the_commands_run(environment: dict[str, str], tmp_path: Path, stack: ExitStack) -> None:
    web, stripe, smtp, page = (free_port() for _ in range(4))
    replaced = {
        "8000": str(web),
        "12111": str(stripe),
        "2525": str(smtp),
        "8025": str(page),
        "0.0.0.0": "127.0.0.1",
        "//web:": "//127.0.0.1:",
        "/var/lib/sandbox": str(tmp_path),
        "${STRIPE_WEBHOOK_SECRETS:-whsec_sandbox}": "whsec_sandbox",
    }
    settings = environment | {
        "STRIPE_API_BASE": f"http://127.0.0.1:{stripe}",
        "SMTP_URL": f"smtp://127.0.0.1:{smtp}",
        "PUBLIC_URL": f"http://127.0.0.1:{web}",
        "STRIPE_WEBHOOK_SECRETS": "whsec_sandbox",
    }

    def start(name: str) -> Any:
        log = tmp_path / f"{name}.log"
        return stack.enter_context(program(*command_of(name, replaced), log=log, environment=settings))

    start("stripe")
    start("mailbox")
    assert start("migrate").wait(30) == 0
    for name in ("web", "worker", "clock"):
        start(name)
    for url in (
        f"http://127.0.0.1:{web}/readyz",
        f"http://127.0.0.1:{stripe}/_sandbox/clock",
        f"http://127.0.0.1:{page}/api/messages",
    ):
        until(partial(answers, url), url)
    for name, word in READY_WORDS.items():
        until(partial(says, tmp_path / f"{name}.log", word), f"{name} to say {word}")
    doctor = tmp_path / "doctor.log"
    with program(SUSTAINER, "doctor", log=doctor, environment=settings) as examined:
        assert examined.wait(30) == 0, doctor.read_text()


def test_the_roles_of_the_compose_database_are_those_of_the_migration() -> None:
    roles = (ROOT / "deploy" / "postgres-roles.sh").read_text()
    first = (ROOT / "migrations" / "versions" / "0001_roles.py").read_text()
    assert 'APPLICATION_ROLE = "sustainer_app"' in first
    assert "CREATE ROLE sustainer_app NOLOGIN" in roles
