"""A worker killed in the middle of its work loses nothing, and repeats at most the message in flight."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from sqlalchemy import select

from service.mail import deliver_due
from service.mail.models import Message
from service.mail.relay import Relay
from service.parts import Parts
from tests.mail.conftest import Promise, make_due
from tests.mail.sink import Sink

WORKER = """
from service import mail
from service.parts import assemble
from service.settings import Settings
from tests.mail.conftest import note

mail.register("note", note)
parts = assemble(Settings.from_environment())
mail.deliver_due(parts, mail.Relay.of(parts.settings))
"""
PROJECT = Path(__file__).resolve().parents[2]
MESSAGES, KILLS, SEED = 200, 4, 20261124


def test_kill_9_in_the_middle_of_200_messages(
    parts: Parts, promise: Promise, sink: Sink, environment: dict[str, str]
) -> None:
    promise(*(f"n{number}" for number in range(MESSAGES)))
    chance = random.Random(SEED)
    sink.delay = 0.01  # most of a worker's time passes between the dot and the answer
    in_flight = []
    for _ in range(KILLS):
        run_and_kill(environment | {"SMTP_URL": sink.url}, sink, after=chance.randint(5, 35))
        in_flight.append(claimed_and_in_flight(parts))
        make_due(parts)
    sink.delay = 0
    while deliver_due(parts, Relay(sink.url)):
        make_due(parts)

    assert all(len(subjects) <= 1 for subjects in in_flight), f"seed {SEED}"
    copies = defaultdict(list)
    for each in sink.delivered:
        copies[str(each.message["Subject"])].append(each.message_id)
    assert len(copies) == MESSAGES, "nothing is lost"
    assert all(len(set(ids)) == 1 for ids in copies.values()), "every copy has the same Message-ID"
    repeated = {subject for subject, ids in copies.items() if len(ids) > 1}
    assert repeated <= {f"About {subject}" for subjects in in_flight for subject in subjects}
    assert states(parts) == {"sent": MESSAGES}


def test_after_a_kill_only_the_message_in_flight_is_in_doubt(
    parts: Parts, promise: Promise, sink: Sink, environment: dict[str, str]
) -> None:
    promise(*(f"n{number}" for number in range(10)))
    sink.delay = 30
    run_and_kill(environment | {"SMTP_URL": sink.url}, sink, after=1)
    assert states(parts) == {"claimed": 10}
    make_due(parts)
    away = Relay("smtp://127.0.0.1:9")
    assert deliver_due(parts, away) == 0
    assert states(parts) == {"unknown": 1, "pending": 9}


def run_and_kill(environment: dict[str, str], sink: Sink, *, after: int) -> None:
    """A worker in a process of its own, killed once it has delivered so many."""
    enough = len(sink.delivered) + after
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        cwd=PROJECT,
        env={"PATH": os.defpath, "PYTHONPATH": str(PROJECT), **environment},
    )
    try:
        give_up = time.monotonic() + 30
        while len(sink.delivered) < enough:
            assert worker.poll() is None, "the worker ended before it was killed"
            assert time.monotonic() < give_up, "the worker delivers nothing"
            time.sleep(0.001)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)


def claimed_and_in_flight(parts: Parts) -> list[str]:
    with parts.sessions.begin() as session:
        return list(session.scalars(select(Message.subject).where(Message.in_flight_at.is_not(None))))


def states(parts: Parts) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    with parts.sessions.begin() as session:
        for state in session.scalars(select(Message.state)):
            counts[state] += 1
    return dict(counts)
