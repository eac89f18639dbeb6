"""Webhooks kept and settled, beside dj-stripe 2.11: the same events, the same PostgreSQL, in the same run.

Targets: the endpoint at least 15 times dj-stripe's rate at concurrency 4 and 8, 10 times at 1; events
settled (ours) at least 5 times those processed (theirs, within the request) a second. The mix is one:
the six events of a paid one-time checkout. dj-stripe lives in `.local/djstripe-venv`, made when missing.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

from bench.djstripe import project
from bench.djstripe.gifts import MIX
from bench.djstripe.sides import THEIR_GIFTS, Sides, both_sides
from bench.load import Measured

ENDPOINT_TARGETS = {1: 10, 4: 15, 8: 15}
SETTLED_TARGET = 5
SETTLED_AT = 4
ROUNDS = 3
# Of each round; dj-stripe gets the first few of them (`THEIR_GIFTS`).
GIFTS_KEPT, GIFTS_SETTLED = 64, 96


def main() -> int:
    began = time.monotonic()
    project.install()
    print(f"mix: {', '.join(MIX)}")
    print(f"gifts a round: dj-stripe {THEIR_GIFTS}, ours {GIFTS_KEPT} kept and {GIFTS_SETTLED} settled")
    with tempfile.TemporaryDirectory(prefix="sustainer-bench-") as folder:
        with both_sides(Path(folder)) as sides:
            missed = measure(sides)
    print(f"{time.monotonic() - began:.0f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 1 if missed else 0


def measure(sides: Sides) -> int:
    """How many targets are missed."""
    theirs, ours = sides.next_events(GIFTS_KEPT)
    sides.theirs_process(theirs, 4)
    sides.ours_keep(ours, 4)
    missed = 0
    print(f"{'':20} {'':9} {'events/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'ratio':>6}  target")
    with sides.settling():
        missed += settled(sides)
    for concurrency, target in ENDPOINT_TARGETS.items():
        missed += endpoint(sides, concurrency, target)
    return missed


def settled(sides: Sides) -> bool:
    processed: list[float] = []
    settled_too: list[float] = []
    for _ in range(ROUNDS):
        theirs, ours = sides.next_events(GIFTS_SETTLED)
        processed.append(sides.theirs_process(theirs, SETTLED_AT).rate)
        settled_too.append(sides.ours_settle(ours, SETTLED_AT))
    ratio = statistics.median(m / t for m, t in zip(settled_too, processed, strict=True))
    print(f"{'processed':20} {'dj-stripe':9} {statistics.median(processed):8.1f}")
    print(f"{'settled':20} {'ours':9} {statistics.median(settled_too):8.1f} {ratio:24.1f}  {SETTLED_TARGET}")
    return ratio < SETTLED_TARGET


def endpoint(sides: Sides, concurrency: int, target: int) -> bool:
    answered: list[Measured] = []
    kept: list[Measured] = []
    for _ in range(ROUNDS):
        theirs, ours = sides.next_events(GIFTS_KEPT)
        answered.append(sides.theirs_process(theirs, concurrency))
        kept.append(sides.ours_keep(ours, concurrency))
    ratio = statistics.median(m.rate / t.rate for m, t in zip(kept, answered, strict=True))
    show(concurrency, "dj-stripe", answered, "")
    show(concurrency, "ours", kept, f"{ratio:6.1f}  {target}")
    return ratio < target


def show(concurrency: int, name: str, rounds: list[Measured], ratio: str) -> None:
    middle = sorted(rounds, key=lambda one: one.rate)[len(rounds) // 2]
    where = f"endpoint, {concurrency} at once"
    print(f"{where:20} {name:9} {middle.rate:8.1f} {middle.p50:8.1f} {middle.p99:8.1f} {ratio}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
