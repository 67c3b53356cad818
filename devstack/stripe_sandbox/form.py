"""Stripe's form encoding: `line_items[0][price_data][currency]=usd` to nested values and back to names."""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from devstack.stripe_sandbox.refusals import Json, Refusal

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_MAX_FIELDS = 1_000
_MAX_DEPTH = 8

Pairs = list[tuple[str, str]]


def pairs(text: str) -> Pairs:
    """The fields in their order, with names not yet split. A name may come twice (`expand[]`)."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except UnicodeDecodeError:
        raise Refusal("Invalid request: the parameters are not UTF-8.") from None
    except ValueError:
        raise Refusal(f"Invalid request: more than {_MAX_FIELDS} parameters.") from None


def tree(fields: Iterable[tuple[str, str]]) -> Json:
    """Nested values. Every leaf is a string. Numbered members become a list, except under `metadata`, whose keys are
    the caller's."""
    root: Json = {}
    for name, value in fields:
        path = _path(name)
        node = root
        for step in path[:-1]:
            child = node.setdefault(step or str(len(node)), {})
            if not isinstance(child, dict):
                raise Refusal(f"Invalid object: {name} is given both as a value and as an object.", param=name)
            node = child
        last = path[-1] or str(len(node))
        if isinstance(node.get(last), dict):
            raise Refusal(f"Invalid object: {name} is given both as a value and as an object.", param=name)
        node[last] = value
    return {key: value if key == "metadata" else _listed(value) for key, value in root.items()}


def bracketed(path: Sequence[str | int]) -> str:
    """The name of a parameter as Stripe writes it."""
    return str(path[0]) + "".join(f"[{step}]" for step in path[1:]) if path else ""


def _path(name: str) -> list[str]:
    match = _NAME.match(name)
    if match is None:
        raise Refusal(f"Invalid parameter name: {name}", param=name)
    path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(path) > _MAX_DEPTH:
        raise Refusal(f"Invalid parameter name: {name} is nested too deeply.", param=name)
    return path


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: member if key == "metadata" else _listed(member) for key, member in value.items()}
