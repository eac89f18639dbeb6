"""How fast webhooks are kept: our endpoint beside a bare WSGI app that makes one durable insert.

Both under gunicorn with 2 processes on the same durable PostgreSQL, in the same run, in turns.
Target: at least 0.6 of the bare app's rate at concurrency 4 and 8, 0.55 at 1.
"""

import hashlib
import hmac
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.load import Measured, post, run
from sandbox.embedded import start
from service import migrate
from service.database import connect

SECRET = "whsec_" + "b" * 32
TARGETS = {1: 0.55, 4: 0.6, 8: 0.6}
ROUNDS = 3
PATH = "/webhooks/stripe"
REQUESTS = 1500


def signed_event(path: str) -> bytes:
    """A charge.succeeded of about the size that Stripe sends, signed now."""
    name = uuid.uuid4().hex
    charge = {
        "id": f"ch_{name}",
        "object": "charge",
        "payment_intent": f"pi_{name[:16]}",
        "amount": 2500,
        "currency": "eur",
        "billing_details": {"email": "donor@example.org", "name": "A Donor"},
        "outcome": {"network_status": "approved_by_network", "seller_message": "Payment complete." * 60},
    }
    event = {
        "id": f"evt_{name}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "data": {"object": charge},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "charge.succeeded",
    }
    body = json.dumps(event, indent=2).encode()
    at = int(time.time())
    signature = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "Stripe-Signature": f"t={at},v1={signature}"}
    return post(path, body, headers)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def gunicorn(target: str, environment: dict[str, str]) -> Iterator[int]:
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", target, "--bind", f"127.0.0.1:{port}", "--workers", "2"),
        *("--worker-class", "gthread", "--threads", "8", "--log-level", "error"),
        *(("--config", "service/gunicorn_conf.py") if target.startswith("service") else ()),
    ]
    server = subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="sustainer-bench-") as folder:
        with start(Path(folder) / "data", durable=True) as embedded:
            owner = connect(embedded.owner_url)
            migrate.to_newest(owner)
            owner.dispose()
            with psycopg.connect(embedded.owner_url, autocommit=True) as connection:
                connection.execute("CREATE TABLE bare (id text PRIMARY KEY, body bytea)")
                connection.execute("GRANT INSERT, SELECT ON bare TO sustainer_app")
            environment = {
                "DATABASE_URL": embedded.database_url,
                "REDIS_URL": embedded.redis_url,
                "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
                "STRIPE_WEBHOOK_SECRETS": SECRET,
                "LOG_LEVEL": "WARNING",
            }
            with gunicorn("bench.bare_insert:app", environment) as bare:
                with gunicorn("service.wsgi:app", environment) as ours:
                    return report(bare, ours)


def report(bare: int, ours: int) -> int:
    for port, path in ((bare, "/"), (ours, PATH)):
        run(port, [signed_event(path) for _ in range(200)], 4)
    print(f"{'concurrency':>11}  {'':8} {'events/s':>9} {'p50 ms':>8} {'p99 ms':>8} {'of bare':>8}  target")
    missed = 0
    for concurrency, target in TARGETS.items():
        theirs: list[Measured] = []
        mine: list[Measured] = []
        for _ in range(ROUNDS):
            theirs.append(run(bare, [signed_event("/") for _ in range(REQUESTS)], concurrency))
            mine.append(run(ours, [signed_event(PATH) for _ in range(REQUESTS)], concurrency))
        ratio = statistics.median(m.rate / t.rate for m, t in zip(mine, theirs, strict=True))
        show(concurrency, "bare", theirs, "")
        show(concurrency, "ours", mine, f"{ratio:8.2f}  {target}")
        missed += ratio < target
    return 1 if missed else 0


def show(concurrency: int, name: str, rounds: list[Measured], ratio: str) -> None:
    middle = sorted(rounds, key=lambda one: one.rate)[len(rounds) // 2]
    print(f"{concurrency:>11}  {name:8} {middle.rate:9.0f} {middle.p50:8.2f} {middle.p99:8.2f} {ratio}")


if __name__ == "__main__":
    raise SystemExit(main())
