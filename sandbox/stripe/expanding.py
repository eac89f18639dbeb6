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
    if name not in node and (make := INCLUDES.get((node.get("object", ""), name))):
        node[name] = make(world, node)
    if name not in node:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    value = node[name]
    if isinstance(value, str):
        node[name] = resolved(world, value, path)
    elif isinstance(value, list):
        node[name] = [resolved(world, item, path) if isinstance(item, str) else item for item in value]
    if rest:
        below = node[name]
        for inner in below if isinstance(below, list) else [below]:
            if isinstance(inner, dict):
                open_path(world, inner, rest, path)


def resolved(world: World, object_id: str, path: str) -> Json:
    found = world.store.get(object_id)
    if found is None:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    return copy.deepcopy(found)
