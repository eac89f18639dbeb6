"""A newsroom of its own for each truth: what is broken there must not disturb another test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.running import Running, running

Start = Callable[..., Running]


@pytest.fixture
def run_newsroom(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def start(**how: Any) -> Running:
            return stack.enter_context(running(environment, tmp_path, **how))

        yield start
