"""Time passing: runs what is due, and moves the sandbox's clock without skipping anything."""

import sys
import threading
import traceback
from collections.abc import Callable

from sandbox.stripe.agenda import ACCOUNT, Appointment
from sandbox.stripe.clock import Frozen
from sandbox.stripe.world import NOBODY, World

Act = Callable[[World, str], None]
VERBS: dict[str, Act] = {}
EVERY = 0.5


def verb(name: str) -> Callable[[Act], Act]:
    """Name what an appointment does to its subject."""

    def enter(act: Act) -> Act:
        VERBS[name] = act
        return act

    return enter


class Timekeeper:
    """A thread that keeps the appointments as time passes by itself."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="timekeeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        # Half the shortest usual delay keeps a charge's update punctual without a tight loop.
        pause = max(0.02, min(EVERY, self._world.settings.settle_delay_ms / 4000))
        while not self._stopping:
            catch_up(self._world)
            self._wake.wait(pause)


def catch_up(world: World) -> None:
    """Whatever is due has happened before anyone looks."""
    for appointment in world.agenda.due():
        keep(world, appointment)


def advance(world: World, micros: int) -> int:
    """Move the clock; what falls due on the way happens in its order and at its time."""
    kept = settle_down(world)
    while (appointment := world.agenda.next_by(micros)) is not None:
        # Nobody else sees the clock where it stands now before what is due then has happened.
        with world.store.lock, world.clock.own_way():
            move(world, appointment.due)
            world.clock.follow(Frozen(ACCOUNT, appointment.due))
            keep(world, appointment)
            kept += 1 + settle_down(world)
    move(world, micros)
    return kept


def move(world: World, micros: int) -> None:
    """Set the clock, and remember it before anything bears its time."""
    world.clock.set(micros)
    with world.store.transaction():
        world.keep_clock()


def settle_down(world: World) -> int:
    """Whatever waits for real time: while months pass, half a second passes too."""
    kept = 0
    while waiting := world.agenda.waiting_in_real_time():
        for appointment in waiting:
            keep(world, appointment)
            kept += 1
    return kept


def keep(world: World, appointment: Appointment) -> None:
    """Do it and strike it off, together; one that cannot be done is told and struck off."""
    with world.store.transaction(), world.clock.own_way():
        world.cause = NOBODY
        if not world.agenda.take(appointment):
            return
        try:
            with world.store.transaction():
                VERBS[appointment.verb](world, appointment.subject)
        except Exception:  # noqa: BLE001 - one broken appointment must not stop the clock
            print(f"sandbox stripe: {appointment} failed", file=sys.stderr)
            traceback.print_exc()
