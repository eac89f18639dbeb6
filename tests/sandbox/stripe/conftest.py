"""Sandboxes as programs, Stripe's own library as their client, and somebody who takes webhooks."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from tests.programs import ask, program, until
from tests.sandbox.stripe.adding_up import amiss

SECRET = "whsec_" + "5" * 32


@dataclass
class Sandbox:
    """A running sandbox and the usual things to do with it."""

    url: str
    client: Any

    def lever(self, name: str, /, **given: Any) -> Any:
        return ask(f"{self.url}/_sandbox/{name}", given)

    def look(self, name: str) -> Any:
        return ask(f"{self.url}/_sandbox/{name}")

    def open(self, amount: int = 2500, currency: str = "usd", every: str | None = None, **more: Any) -> Any:
        """A Checkout Session for a gift; monthly or annual with `every`."""
        data: dict[str, Any] = {
            "currency": currency,
            "unit_amount": amount,
            "product_data": {"name": "Donation"},
        }
        if every:
            data["recurring"] = {"interval": every}
        wanted: dict[str, Any] = {
            "mode": "subscription" if every else "payment",
            "success_url": "http://newsroom.example/thanks?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://newsroom.example/donate",
            "line_items": [{"price_data": data, "quantity": 1}],
        }
        return self.client.v1.checkout.sessions.create({**wanted, **more})

    def pay(self, session: Any, **how: Any) -> Any:
        return self.lever("pay", session=session.id, **how)

    def charge_of(self, intent: str) -> Any:
        """The charge, once its money has arrived."""
        charges = self.client.v1.charges
        return until(
            lambda: next(
                (
                    charge
                    for charge in charges.list({"payment_intent": intent}).data
                    if charge.status == "succeeded" and charge.balance_transaction
                ),
                None,
            ),
            "the balance transaction",
            10,
        )

    def last_event(self) -> str:
        """The newest event, when every charge before it has settled."""
        charges = self.client.v1.charges
        until(
            lambda: all(
                charge.balance_transaction
                for charge in charges.list({"limit": 100})
                if charge.status == "succeeded"
            ),
            "earlier charges to settle",
            10,
        )
        newest: str = self.client.v1.events.list({"limit": 1}).data[0].id
        return newest

    def event_types(self, **query: Any) -> list[str]:
        """What happened, oldest first."""
        return [event.type for event in self.client.v1.events.list({"limit": 100, **query})][::-1]


def client(url: str, **more: Any) -> StripeClient:
    stripe.enable_telemetry = False
    return StripeClient("sk_test_" + "0" * 24, base_addresses={"api": url}, max_network_retries=0, **more)


@contextmanager
def sandbox_in(folder: Path, *options: str) -> Iterator[Sandbox]:
    """A sandbox on a free port with its state in the folder; warnings are errors in it too."""
    port_file = folder / "port"
    port_file.unlink(missing_ok=True)
    command = [sys.executable, "-W", "error", "-m", "sandbox.stripe", "--state", str(folder / "state.db")]
    command += ["--port-file", str(port_file), *options]
    with program(*command, log=folder / "log") as process:
        until(lambda: process.poll() is not None or port_file.exists(), "the sandbox", 10)
        assert process.poll() is None, (folder / "log").read_text()
        url = f"http://127.0.0.1:{port_file.read_text().strip()}"
        yield Sandbox(url, client(url))
    assert process.returncode == 0
    assert "Traceback" not in (folder / "log").read_text(), (folder / "log").read_text()


class Start:
    """Starts sandboxes; those not ended by the test end with its file."""

    def __init__(self, folders: pytest.TempPathFactory, running: ExitStack) -> None:
        self._folders = folders
        self._running = running

    def __call__(self, *options: str) -> Sandbox:
        return self._running.enter_context(sandbox_in(self._folders.mktemp("stripe"), *options))

    def within(self, folder: Path, *options: str) -> AbstractContextManager[Sandbox]:
        return sandbox_in(folder, *options)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    with ExitStack() as running:
        yield Start(tmp_path_factory, running)


@pytest.fixture(scope="module")
def sandbox(start: Start) -> Sandbox:
    """One sandbox for a test file: quick to settle, orderly."""
    return start("--settle-delay-ms", "50", "--orderly")


@dataclass
class Taken:
    """A webhook as it arrived."""

    body: bytes
    signature: str
    event: Any


@dataclass
class Receiver:
    """Takes webhooks; what it answers can be chosen."""

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    refused: int = 0

    def types(self) -> list[str]:
        return [taken.event.type for taken in self.taken]

    def wait(self, count: int, seconds: float = 10) -> None:
        until(lambda: len(self.taken) >= count, f"{count} webhooks, have {self.types()}", seconds)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who takes webhooks and checks every signature with Stripe's own library."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            header = self.headers["Stripe-Signature"]
            status = found.answers.pop(0) if found.answers else 204
            try:
                event = client("http://127.0.0.1:9").construct_event(body, header, SECRET)
                if status < 300:
                    found.taken.append(Taken(body, header, event))
            except stripe.SignatureVerificationError:
                found.refused += 1
                status = 400
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/webhooks/stripe"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def balanced(sandbox: Sandbox) -> Iterator[None]:
    """Whatever a test does with the money: afterwards the account still adds up."""
    yield
    # Between two looks a charge may settle: what is really wrong stays wrong.
    for _ in range(20):
        if not (wrong := amiss(sandbox)):
            return
        time.sleep(0.1)
    pytest.fail(f"the account does not add up: {wrong}")
