"""What an earlier run left working, should its watchdog have been killed together with it."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

# Every process of the demo carries it, and nothing else does.
MARK = "SUSTAINER_DEMO_FOLDER"
PATIENCE = 3.0


def end_leftovers(folder: Path) -> None:
    """End them; we hold the folder, so none of them belongs to a run that is alive."""
    began = time.monotonic()
    while left := marked(folder):
        late = time.monotonic() - began > PATIENCE
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
        time.sleep(0.1)


def marked(folder: Path) -> list[int]:
    """The processes that were started with the mark of this folder (Linux only)."""
    mark = os.fsencode(f"{MARK}={folder.resolve()}")
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in environment.read_bytes().split(b"\0"):
                found.append(int(environment.parent.name))
    return found
