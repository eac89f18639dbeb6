"""Stripe's form encoding: `a[b]=1`, `a[0][b]=1`, `a[][b]=1` become nested hashes and lists."""

import re
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe.errors import Json, invalid

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
PART = re.compile(r"\[([^\[\]]*)\]")


def decode(text: str) -> Json:
    root: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        shape = KEY.fullmatch(name)
        if shape is None:
            raise invalid(f"Invalid parameter name: {name}", name)
        place(root, [shape[1], *PART.findall(shape[2])], value)
    return {name: listed(value) for name, value in root.items()}


def place(node: Json, path: list[str], value: str) -> None:
    for here, below in pairwise(path):
        key = here if here else next_place(node, below)
        inner = node.setdefault(key, {})
        if not isinstance(inner, dict):
            raise invalid(f"Invalid parameter: {key} is both a value and a hash", path[0])
        node = inner
    last = path[-1]
    node[last if last else str(len(node))] = value


def next_place(node: Json, below: str) -> str:
    """`a[][b]` opens a new item when the newest one has a `b` already."""
    newest = str(len(node) - 1)
    full = not node or not below or below in node[newest]
    return str(len(node)) if full else newest


def listed(value: Any) -> Any:
    """A hash whose keys are 0, 1, 2 … is a list."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [listed(value[key]) for key in sorted(value, key=int)]
    return {key: listed(inner) for key, inner in value.items()}
