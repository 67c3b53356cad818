"""Whether these contracts can read records of the released contracts, and the other way round. JSON schemas are
compared.

Inside a major version only fields with defaults are added. Every other change is incompatible: the released build
refuses a wider set or bound, and a narrower one refuses records that stay on the topics. Words (titles, descriptions)
and the names of models may change.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_WORDS = frozenset({"$schema", "$defs", "title", "description", "examples", "x-key"})
_STRUCTURE = frozenset(
    {
        "$ref",
        "properties",
        "required",
        "items",
        "prefixItems",
        "anyOf",
        "enum",
        "const",
        "additionalProperties",
        "default",
    }
)
_RECORD = {"x-topic": "topic", "x-tombstone": "form (tombstone or not)"}
_NOTHING = object()


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """One thing that is wrong: the event, topic or file, the field, and what to do about it."""

    where: str
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"{self.where}: {field}{self.problem}; {self.remedy}"


def compare_events(released: Mapping[str, Schema], current: Mapping[str, Schema]) -> list[Finding]:
    """Incompatible differences between the released schemas and these, by event type. New events are always
    compatible."""
    found: list[Finding] = []
    for name, old in sorted(released.items()):
        if name not in current:
            found.append(Finding(name, "", "is gone", "keep the event: its records stay on the topic"))
            continue
        new, remedy = current[name], f"undo it, or say {_next_major(name)} beside it"
        for key, word in _RECORD.items():
            if old.get(key) != new.get(key):
                found.append(Finding(name, "", f"its {word} was {old.get(key)}, is {new.get(key)}", remedy))
        found += [Finding(name, field, problem, remedy) for field, problem in _Comparison(old, new).nodes(old, new, "")]
    return found


def compare_systems(released: Schema, current: Schema) -> list[Finding]:
    """Incompatible differences between two AsyncAPI documents: topics and headers. Retention may change; new topics and
    headers are compatible."""
    found: list[Finding] = []
    for word, where in (("event", _event_headers), ("dead letter", _letter_headers)):
        gone = sorted(where(released).keys() - where(current).keys())
        found += [
            Finding(f"header {name}", "", f"is gone from every {word}", "keep it: others read it") for name in gone
        ]
    for name, old in sorted(released["channels"].items()):
        new = current["channels"].get(name)
        if new is None:
            found.append(Finding(name, "", "the topic is gone", "keep it: its records may not have been read by all"))
            continue
        for what, before, after in (
            ("key", old["x-key"], new["x-key"]),
            ("number of partitions", _kafka(old)["partitions"], _kafka(new)["partitions"]),
            ("cleanup policy", _policy(old), _policy(new)),
        ):
            if before != after:
                problem = f"the topic's {what} was {before}, is {after}"
                found.append(
                    Finding(
                        name, "", problem, "undo it, or move to a new topic: a key's records would lose their order"
                    )
                )
    return found


def _event_headers(document: Schema) -> Schema:
    headers: Schema = document["components"]["schemas"]["Headers"]["properties"]
    return headers


def _letter_headers(document: Schema) -> Schema:
    headers: Schema = document["components"]["messages"]["dead-letter"]["headers"]["properties"]
    return headers


def _kafka(channel: Schema) -> dict[str, Any]:
    bindings: dict[str, Any] = channel["bindings"]["kafka"]
    return bindings


def _policy(channel: Schema) -> str:
    return ", ".join(_kafka(channel)["topicConfiguration"]["cleanup.policy"])


def _next_major(event_type: str) -> str:
    fact, _, major = event_type.rpartition(".v")
    return f"{fact}.v{int(major) + 1}"


class _Comparison:
    """A comparison of two schemas with their references resolved. A model that contains itself is compared once."""

    def __init__(self, old_root: Schema, new_root: Schema) -> None:
        self.old_root, self.new_root = old_root, new_root
        self.seen: set[tuple[str, str]] = set()

    def nodes(self, old: Schema, new: Schema, field: str) -> Iterator[tuple[str, str]]:
        references = (old.get("$ref", ""), new.get("$ref", ""))
        if all(references):
            if references in self.seen:
                yield from _default(old, new, field)
                return
            self.seen.add(references)
        old, new = _resolve(self.old_root, old), _resolve(self.new_root, new)
        before, after = _kind(self.old_root, old), _kind(self.new_root, new)
        if before != after:
            yield field, f"was {before}, is {after}"
            return
        yield from self._properties(old, new, field)
        yield from _choices(old, new, field)
        yield from _default(old, new, field)
        for name in ("items", "additionalProperties"):
            yield from self._inner(old.get(name), new.get(name), f"{field}[]", name)
        for name in ("anyOf", "prefixItems"):
            for one, other in zip(old.get(name, ()), new.get(name, ()), strict=True):
                yield from self.nodes(one, other, field)
        for name in sorted((old.keys() | new.keys()) - _WORDS - _STRUCTURE - _RECORD.keys() - {"type"}):
            if old.get(name, _NOTHING) != new.get(name, _NOTHING):
                yield field, f"{name} was {_say(old, name)}, is {_say(new, name)}"

    def _properties(self, old: Schema, new: Schema, field: str) -> Iterator[tuple[str, str]]:
        before, after = old.get("properties", {}), new.get("properties", {})
        was, now = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() | after.keys()):
            path = f"{field}.{name}" if field else name
            if name not in after:
                yield path, "is gone"
            elif name not in before:
                if name in now:
                    yield path, "is new and has no default"
            else:
                if name in now - was:
                    yield path, "had a default, has none"
                if name in was - now:
                    yield path, "had to be there, need not be"
                yield from self.nodes(before[name], after[name], path)

    def _inner(self, old: Any, new: Any, field: str, name: str) -> Iterator[tuple[str, str]]:
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from self.nodes(old, new, field)
        elif old != new:
            yield field, f"{name} was {old}, is {new}"


def _resolve(root: Schema, node: Schema) -> Schema:
    while "$ref" in node:
        siblings = {key: value for key, value in node.items() if key != "$ref"}
        node = {**root["$defs"][node["$ref"].removeprefix("#/$defs/")], **siblings}
    return node


def _kind(root: Schema, node: Schema) -> str:
    """The type of a value, in a word."""
    node = _resolve(root, node)
    if "anyOf" in node:
        return " or ".join(_kind(root, one) for one in node["anyOf"])
    if "prefixItems" in node:
        return f"a list of {len(node['prefixItems'])}"
    if "enum" in node or "const" in node:
        return "one of a closed set"
    return (
        f"{node.get('type', 'anything')} ({node['format']})" if "format" in node else str(node.get("type", "anything"))
    )


def _choices(old: Schema, new: Schema, field: str) -> Iterator[tuple[str, str]]:
    before, after = _closed(old), _closed(new)
    for value in before:
        if value not in after:
            yield field, f"does not accept {value!r} any more"
    for value in after:
        if value not in before:
            yield field, f"accepts {value!r} too, which the released build refuses"


def _default(old: Schema, new: Schema, field: str) -> Iterator[tuple[str, str]]:
    before, after = old.get("default", _NOTHING), new.get("default", _NOTHING)
    if not _same_default(before, after):
        yield (
            field,
            f"default was {_say(old, 'default')}, is {_say(new, 'default')}: a record"
            " without it would mean something else",
        )


def _same_default(old: object, new: object) -> bool:
    """Whether two defaults are equal, apart from fields that a model in them has gained."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return all(name in new and _same_default(value, new[name]) for name, value in old.items())
    return old == new and type(old) is type(new)


def _closed(node: Schema) -> list[Any]:
    return list(node.get("enum", ())) or ([node["const"]] if "const" in node else [])


def _say(node: Schema, name: str) -> str:
    return repr(node[name]) if name in node else "not set"
