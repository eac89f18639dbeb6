"""The whole service as a newsroom runs it: web, worker, clock, with the sandbox's Stripe and mailbox."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.programs import WEBHOOK_SECRET, answers, ask, free_port, program, stripe_sandbox, until

SUSTAINER = str(Path(sys.executable).with_name("sustainer"))


@dataclass
class Running:
    """Addresses of what runs, and the environment that `sustainer` commands need."""

    web: str
    stripe: str
    mailbox: str
    folder: Path
    environment: dict[str, str]
    stack: ExitStack = field(repr=False)

    def start(self, *command: str, name: str) -> Any:
        """One more `sustainer` process, ended with the rest."""
        return self.stack.enter_context(
            program(SUSTAINER, *command, log=self.folder / f"{name}.log", environment=self.environment)
        )

    def messages_to(self, address: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ask(f"{self.mailbox}/api/messages?to={quote(address)}")
        return found


@contextmanager
def running(
    environment: Mapping[str, str],
    folder: Path,
    *,
    stripe_options: tuple[str, ...] = (),
    processes: tuple[str, ...] = ("worker", "clock"),
) -> Iterator[Running]:
    with ExitStack() as stack:
        port = free_port()
        web = f"http://127.0.0.1:{port}"
        webhook = ("--webhook", f"{web}/webhooks/stripe={WEBHOOK_SECRET}")
        stripe = stack.enter_context(stripe_sandbox(folder, *webhook, *stripe_options))
        mailbox = stack.enter_context(_mailbox(folder))
        complete = dict(environment) | {
            "PUBLIC_URL": web,
            "STRIPE_API_BASE": stripe,
            "CLOCK_URL": f"{stripe}/_sandbox/clock",
            "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "SMTP_URL": f"smtp://127.0.0.1:{mailbox['smtp']}",
            "WEB_PROCESSES": "1",
            "WORKER_PROCESSES": "1",
        }
        up = Running(web, stripe, f"http://127.0.0.1:{mailbox['http']}", folder, complete, stack)
        up.start("serve", "--port", str(port), name="web")
        for each in processes:
            up.start(each, name=each)
        until(lambda: answers(f"{web}/healthz"), "the web service")
        yield up


@contextmanager
def _mailbox(folder: Path) -> Iterator[dict[str, int]]:
    ports = folder / "mailbox.json"
    command = ("-m", "sandbox.mailbox", "--smtp-port", "0", "--http-port", "0")
    store = ("--store", str(folder / "mail.db"), "--ports-file", str(ports))
    with program(sys.executable, *command, *store, log=folder / "mailbox.log"):
        until(lambda: ports.exists() and ports.read_text().endswith("}"), "the mailbox")
        found: dict[str, int] = json.loads(ports.read_text())
        until(lambda: answers(f"http://127.0.0.1:{found['http']}/api/messages"), "the mailbox's page")
        yield found
