"""The demo starts, tells where everything is, and leaves nothing behind."""

import json
import os
import re
import signal
import smtplib
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

Begin = Callable[..., Any]

PLAYED = """#!{python}
import http.server, os, signal, subprocess, sys, time

command = sys.argv[1]
if command == "migrate":
    sys.exit(os.environ.get("MIGRATE_FAILS") and "the tables are on fire")
if command == "serve":
    class Ready(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[3])), Ready).serve_forever()
if command == "worker":
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", deaf], process_group=0)
time.sleep(600)
"""


@pytest.fixture
def played(tmp_path: Path) -> Path:
    """A program that behaves like `sustainer`, with a worker whose helper will not go."""
    program = tmp_path / "sustainer"
    program.write_text(PLAYED.format(python=sys.executable))
    program.chmod(0o755)
    return program


def test_it_tells_programs_and_people_where_everything_is(demo: Begin, played: Path, port: int) -> None:
    running = demo("--port", str(port), instead=played)
    at = running.await_ready()
    assert set(at) == {
        *("web", "stripe", "mailbox", "smtp", "newsroom"),
        *("database_url", "owner_url", "redis_url"),
    }
    local = running.folder / ".local"
    for private in ("demo.json", "demo.env", "keys.json", "mailbox.db", "stripe.db"):
        assert stat.S_IMODE((local / private).stat().st_mode) == 0o600
    shell = f"set -a; . {local}/demo.env; set +a; printenv DATABASE_URL NEWSROOM_NAME CLOCK_URL"
    printed = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)
    clock = f"{at['stripe']}/_sandbox/clock"
    assert printed.stdout.splitlines() == [at["database_url"], "The Lantern", clock]
    assert requests.get(clock, timeout=5).json()["now"]
    assert at["web"] in requests.get(at["newsroom"], timeout=5).text
    with smtplib.SMTP("127.0.0.1", int(at["smtp"].rpartition(":")[2]), timeout=5) as smtp:
        smtp.sendmail("a@x.example", ["ada@example.org"], b"Subject: hello\r\n\r\n")
    assert requests.get(f"{at['mailbox']}/api/messages", timeout=5).json()[0]["subject"] == "hello"
    with psycopg.connect(at["owner_url"]) as owner:
        assert owner.info.dbname == "sustainer"
    said = running.end(signal.SIGINT)
    assert running.process.returncode == 0
    for address in (at["web"], at["newsroom"], at["stripe"], at["mailbox"]):
        assert address in said
    assert not (local / "demo.json").exists()


def test_it_ends_within_ten_seconds_even_if_a_helper_will_not_go(
    demo: Begin, played: Path, port: int, given: dict[str, str]
) -> None:
    running = demo("--port", str(port), instead=played, **given)
    running.await_ready()
    began = time.monotonic()
    running.end(signal.SIGTERM)
    assert time.monotonic() - began < 10
    assert running.process.returncode == 0


def test_killed_it_takes_everything_along_and_starts_again(demo: Begin, played: Path, port: int) -> None:
    first = demo("--port", str(port), instead=played)
    at = first.await_ready()
    keys = (first.folder / ".local" / "keys.json").read_text()
    with psycopg.connect(at["owner_url"]) as owner:
        owner.execute("CREATE TABLE kept (one int)")
    first.look()
    first.end(signal.SIGKILL)
    second = demo("--port", str(port), instead=played)
    again = second.await_ready()
    assert again == at
    assert (first.folder / ".local" / "keys.json").read_text() == keys
    with psycopg.connect(again["owner_url"]) as owner:
        owner.execute("SELECT one FROM kept")
    second.end(signal.SIGINT)


def test_killed_while_starting_it_leaves_nothing(demo: Begin, played: Path, port: int) -> None:
    for moment in (0.5, 1.0, 1.5):
        running = demo("--port", str(port), instead=played)
        time.sleep(moment)
        running.end(signal.SIGKILL)
    demo("--port", str(port), instead=played).await_ready()


def test_killed_with_its_watchdogs_it_still_starts_again(demo: Begin, played: Path, port: int) -> None:
    first = demo("--port", str(port), instead=played)
    at = first.await_ready()
    for watchdog in first.pids("watchdog.py"):
        os.kill(watchdog, signal.SIGKILL)
    first.process.kill()
    first.process.communicate()
    assert demo("--port", str(port), instead=played).await_ready() == at
    first.processes.await_end(first.started)


def test_asked_to_go_while_starting_it_goes(
    demo: Begin, played: Path, port: int, given: dict[str, str]
) -> None:
    running = demo("--port", str(port), instead=played, **given)
    time.sleep(0.8)
    running.end(signal.SIGINT)
    assert running.process.returncode == 0


def test_a_second_one_is_told_of_the_first(
    demo: Begin, played: Path, port: int, given: dict[str, str]
) -> None:
    first = demo("--port", str(port), instead=played, **given)
    first.await_ready()
    second = demo("--port", str(port), instead=played, **given)
    said = second.process.communicate(timeout=30)[0]
    assert second.process.returncode == 1
    assert f"in use by process {first.process.pid}; see .local/demo.json" in said
    assert (first.folder / ".local" / "demo.json").exists()


@pytest.mark.parametrize("command", ["sustainer worker", "sandbox.mailbox"])
def test_what_falls_is_reported_and_started_again(
    demo: Begin, played: Path, port: int, given: dict[str, str], command: str
) -> None:
    running = demo("--port", str(port), instead=played, **given)
    running.await_ready()
    (fallen,) = running.pids(command)
    os.kill(fallen, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while running.pids(command) in ([], [fallen]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "exit code -9" in running.end(signal.SIGINT)


def test_a_database_that_falls_is_started_again(demo: Begin, played: Path, port: int) -> None:
    running = demo("--port", str(port), instead=played)
    running.await_ready()
    (fallen,) = running.pids("/bin/postgres")
    os.kill(fallen, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while running.pids("/bin/postgres") in ([], [fallen]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "PostgreSQL had ended" in running.end(signal.SIGINT)


def test_what_cannot_start_is_named_with_the_end_of_its_log(
    demo: Begin, played: Path, port: int, given: dict[str, str]
) -> None:
    running = demo("--port", str(port), instead=played, **given, MIGRATE_FAILS="1")
    said = running.process.communicate(timeout=60)[0]
    assert running.process.returncode == 1
    assert "migrate ended with exit code 1; the end of .local/logs/migrate.log:" in said
    assert "the tables are on fire" in said


def test_a_taken_port_is_said_and_the_next_one_used(
    demo: Begin, played: Path, port: int, given: dict[str, str]
) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        running = demo("--port", str(port), instead=played, **given)
        web = running.await_ready()["web"]
        assert f"port {port} is taken, the service is on {web.rpartition(':')[2]}" in running.end(
            signal.SIGINT
        )


def test_fresh_forgets(demo: Begin, played: Path, port: int) -> None:
    first = demo("--port", str(port), instead=played)
    with psycopg.connect(first.await_ready()["owner_url"]) as owner:
        owner.execute("CREATE TABLE kept (one int)")
    keys = (first.folder / ".local" / "keys.json").read_text()
    first.end(signal.SIGINT)
    second = demo("--port", str(port), "--fresh", instead=played)
    with psycopg.connect(second.await_ready()["owner_url"]) as owner:
        owner.execute("CREATE TABLE kept (one int)")
    assert (second.folder / ".local" / "keys.json").read_text() != keys


def test_a_given_database_is_used_and_never_forgotten(
    demo: Begin, played: Path, port: int, given: dict[str, str]
) -> None:
    refused = demo("--fresh", "--port", str(port), instead=played, **given)
    assert "not the database of DATABASE_URL" in refused.process.communicate(timeout=30)[0]
    assert refused.process.returncode == 2
    running = demo("--port", str(port), instead=played, **given)
    at = running.await_ready()
    assert at["database_url"] == given["DATABASE_URL"]
    assert at["owner_url"] == given["DATABASE_OWNER_URL"]
    assert running.pids("bin/postgres") == []
    assert "DATABASE_URL is taken from your environment" in running.end(signal.SIGINT)


def test_a_live_key_in_a_file_does_not_reach_the_service(demo: Begin, tmp_path: Path, port: int) -> None:
    told = tmp_path / "sustainer"
    told.write_text("#!/bin/sh\nenv\nexit 7\n")
    told.chmod(0o755)
    running = demo("--port", str(port), instead=told, STRIPE_SECRET_KEY_FILE="/run/live.key")
    running.process.communicate(timeout=60)
    settings = (running.folder / ".local" / "logs" / "migrate.log").read_text()
    assert re.search(r"^STRIPE_SECRET_KEY=sk_test_", settings, re.MULTILINE)
    assert "STRIPE_SECRET_KEY_FILE" not in settings


def test_the_real_service_comes_up_and_goes(demo: Begin, port: int) -> None:
    first = demo("--port", str(port))
    at = first.await_ready(90)
    assert requests.get(f"{at['web']}/readyz", timeout=5).status_code == 200
    first.end(signal.SIGKILL)
    second = demo("--port", str(port))
    assert second.await_ready(90) == at
    began = time.monotonic()
    second.end(signal.SIGINT)
    assert time.monotonic() - began < 10
    assert second.process.returncode == 0
    assert json.loads((first.folder / ".local" / "keys.json").read_text())["PII_KEYS"]
