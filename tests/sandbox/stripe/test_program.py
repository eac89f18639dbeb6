"""The program itself: how it starts, what it prints, how it ends; and its HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.programs import until


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_quickly_says_where_and_ends_cleanly(tmp_path: Path, number: int) -> None:
    port_file = tmp_path / "port"
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "sandbox.stripe",
        "--state",
        str(tmp_path / "a" / "state.db"),
    ]
    before = time.monotonic()
    process = subprocess.Popen([*command, "--port-file", str(port_file)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    line = process.stdout.readline()
    assert time.monotonic() - before < 5
    port = until(port_file.read_text, "the port", 5).strip()
    assert line == f"sandbox stripe listening on http://127.0.0.1:{port}\n"
    os.kill(process.pid, number)
    assert process.wait(5) == 0
    assert process.stdout.read() == ""
    process.stdout.close()


def test_bad_options_are_refused_in_a_line(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sandbox.stripe",
        "--state",
        str(tmp_path / "s.db"),
        "--webhook",
        "nowhere",
    ]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert refused.returncode == 2
    assert "give URL=SECRET" in refused.stderr


def test_a_connection_is_kept(sandbox: Any) -> None:
    place = urlsplit(sandbox.url)
    with socket.create_connection((place.hostname, place.port), timeout=5) as line:
        for _ in range(3):
            line.sendall(b"GET /_sandbox/clock HTTP/1.1\r\nHost: x\r\n\r\n")
            assert line.recv(65536).startswith(b"HTTP/1.1 200 OK")
        line.sendall(b"HEAD /_sandbox/clock HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert line.recv(65536).endswith(b"Connection: close\r\n\r\n")
        assert line.recv(1) == b""


@pytest.mark.parametrize(
    "garbage",
    [
        b"HELLO\r\n\r\n",
        b"GET / HTTP/1.1\r\nnonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused(sandbox: Any, garbage: bytes) -> None:
    place = urlsplit(sandbox.url)
    with socket.create_connection((place.hostname, place.port), timeout=5) as line:
        line.sendall(garbage)
        assert line.recv(65536).startswith(b"HTTP/1.1 400 Bad Request")
