"""`expand[]`: ids become the objects they name, down to four levels."""

import copy
from collections.abc import Callable
from typing import Any

from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.world import World

DEPTH = 4
Include = Callable[[World, Json], Any]
# What an object shows only when asked to: (kind, property) -> how to come by it.
INCLUDES: dict[tuple[str, str], Include] = {}
# What an object has only once something has happened; asking for it before is no mistake.
SOMETIMES_THERE = {("refund", "failure_balance_transaction")}


def includes(kind: str, name: str) -> Callable[[Include], Include]:
    """Give an object a property that is left out unless it is expanded."""

    def enter(make: Include) -> Include:
        INCLUDES[kind, name] = make
        return make

    return enter


def expanded(world: World, document: Json, paths: list[str]) -> Json:
    """The document with each path opened; the store's own objects stay as they are."""
    if not paths:
        return document
    opened = copy.deepcopy(document)
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEPTH:
            raise invalid(
                f"You cannot expand more than {DEPTH} levels of a property (property: {path})",
                "expand",
            )
        open_path(world, opened, steps, path)
    return opened


def open_path(world: World, node: Json, steps: list[str], path: str) -> None:
    name, *rest = steps
    if make := INCLUDES.get((node.get("object", ""), name)):
        node[name] = make(world, node)
    elif name not in node and (node.get("object", ""), name) in SOMETIMES_THERE:
        return
    elif name not in node or not (rest or may_be_opened(node[name])):
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    below = node[name]
    if isinstance(below, list):
        node[name] = below = [resolved(world, item, path) for item in below]
    elif isinstance(below, str):
        node[name] = below = resolved(world, below, path)
    if rest:
        for inner in below if isinstance(below, list) else [below]:
            if isinstance(inner, dict):
                open_path(world, inner, rest, path)


def may_be_opened(value: Any) -> bool:
    """An id, a list, nothing, or an object that is there already."""
    return value is None or isinstance(value, str | list) or (isinstance(value, dict) and "object" in value)


def resolved(world: World, value: Any, path: str) -> Any:
    """The object that an id names; what is no id stays as it is."""
    if not isinstance(value, str):
        return value
    found = world.store.get(value)
    if found is None:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    return copy.deepcopy(found)
