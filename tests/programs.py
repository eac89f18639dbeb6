"""The programs of the house as a test starts them: real processes on free ports, ended with the test."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
WEBHOOK_SECRET = "whsec_" + "1" * 32
# Every log that a program of ours wrote in this run: at the end all of them are read.
LOGS: set[Path] = set()


# Below the ports that the system gives to whoever asks, and a block for each of the run's processes:
# what was free a moment ago is not taken by somebody else before its program starts.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = list(range(10_000 + _WORKER % 8 * 2_000, 12_000 + _WORKER % 8 * 2_000))
_FIRST = os.getpid() % 2_000
_ports = cycle(_PORTS[_FIRST:] + _PORTS[:_FIRST])


def free_port() -> int:
    return next(port for port in _ports if is_free(port))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def until(true: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Wait until it is true, and give what it gave."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := true():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"waited {seconds} s in vain for {what}")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def ask(url: str, body: Mapping[str, Any] | None = None, *, method: str | None = None) -> Any:
    """GET, or POST of JSON; the answer's JSON, whatever its status."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data, {"Content-Type": "application/json"}, method=method or ("GET" if data is None else "POST")
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
    except urllib.error.HTTPError as refused:
        text = refused.read()
    return json.loads(text) if text else None


@contextmanager
def program(
    *command: str, log: Path, environment: Mapping[str, str] | None = None, stop_seconds: float = 30
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, its output in `log`; SIGTERM at the end, and a failure if it stays."""
    if Path(command[0]).name == "sustainer":
        LOGS.add(log)
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env=_plain_environment() | dict(environment or {}),
            process_group=0,
        )
        try:
            yield process
        finally:
            _end(process, stop_seconds)


def _plain_environment() -> dict[str, str]:
    """This process's environment without any setting of ours."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONWARNINGS", "CI")
    return {name: value for name, value in os.environ.items() if name in kept}


def _end(process: subprocess.Popen[bytes], seconds: float) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
            raise
    # A killed parent may have left children in its group.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def stripe_sandbox(folder: Path, *options: str, port: int | None = None) -> Iterator[str]:
    """The sandbox's Stripe; gives its address."""
    port = port or free_port()
    command = ("-m", "sandbox.stripe", "--port", str(port), "--state", str(folder / "stripe.db"), *options)
    with program(sys.executable, *command, log=folder / "stripe.log"):
        url = f"http://127.0.0.1:{port}"
        until(lambda: answers(f"{url}/_sandbox/clock"), "the sandbox's Stripe")
        yield url


def pay(stripe: str, session_id: str, **how: Any) -> Any:
    """Pay a checkout as its page would."""
    body = {
        "session": session_id,
        "card": "4242424242424242",
        "email": "reader@example.org",
        "name": "A Reader",
    }
    return ask(f"{stripe}/_sandbox/pay", body | how)
