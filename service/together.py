"""Several programs as one: a stop signal goes to each of them, and when one ends the others are ended too."""

import signal
import subprocess
from collections.abc import Sequence
from types import FrameType


def run(commands: Sequence[Sequence[str]]) -> int:
    """Run until all have ended; returns the first exit code that is not 0."""
    children: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        for child in children:
            child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, pass_on)
    # A group of their own: the terminal's Ctrl-C must reach them once, through us, not twice.
    children += [subprocess.Popen(list(command), process_group=0) for command in commands]
    codes = []
    while children:
        child = _first_to_end(children)
        children.remove(child)
        codes.append(child.returncode)
        for other in children:
            other.terminate()
    return next((code for code in codes if code), 0)


def _first_to_end(children: Sequence[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    while True:
        for child in children:
            try:
                child.wait(timeout=0.2)
                return child
            except subprocess.TimeoutExpired:
                continue
