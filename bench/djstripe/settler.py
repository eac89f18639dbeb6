"""One settling worker: a pass over what is due every second, as the timetable has it, until SIGTERM."""

import time

from service.parts import assemble
from service.settings import Settings
from service.settling import rounds

TICK_SECONDS = 1.0


def main() -> None:
    parts = assemble(Settings.from_environment())
    print("settling", flush=True)
    while True:
        began = time.monotonic()
        rounds.settle_due(parts)
        time.sleep(max(0.0, TICK_SECONDS - (time.monotonic() - began)))


if __name__ == "__main__":
    main()
