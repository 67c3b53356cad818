"""`python -m docs.generate [--check]`: the sections of the documents that follow from the code, written between their
markers.

A section begins with `<!-- generated: NAME -->` and ends with `<!-- end of NAME -->`; the text between is replaced.
`--check` writes nothing and fails if a document is out of date.
"""

import argparse
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

from prometheus_client.metrics import MetricWrapperBase

from chassis import telemetry
from chassis.personal import CHASSIS, Export, Fate
from chassis.settings import ServiceSettings
from contracts import asyncapi
from contracts.event import EVENTS
from contracts.topics import OBJECT_READERS, TOPICS, Topic
from docs.meanings import MEANINGS

FOLDER = Path(__file__).parent
SERVICES = ("intake", "payments", "review", "badging", "notify", "ops")
_MARKED = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end of (?P=name) -->)", re.DOTALL)

Table = Mapping[tuple[StrEnum, StrEnum], StrEnum]


class UnknownSection(Exception):
    """A marker names a section that nothing here writes."""


class NoMeaning(Exception):
    """A setting has no meaning in words."""


def topics() -> str:
    """Every topic with its speakers, its key, its retention and its hearers."""
    rows = [
        (
            f"`{topic.name}`",
            ", ".join(topic.producers),
            topic.key,
            str(topic.partitions),
            _kept(topic),
            ", ".join(sorted(asyncapi.receivers(topic))),
        )
        for topic in sorted(TOPICS.values(), key=lambda topic: topic.name)
    ]
    return _table(("topic", "who says", "key", "partitions", "kept", "who hears"), rows)


def events() -> str:
    """Every event with its hearers (without `ops`, which hears everything) and its meaning."""
    ordered = sorted(EVENTS.items(), key=lambda item: (item[1].TOPIC.name, item[0]))
    return _table(
        ("event", "who hears", "says"),
        [(f"`{name}`", ", ".join(event.HEARD_BY) or "nobody yet", _summary(event.__doc__)) for name, event in ordered],
    )


def object_readers() -> str:
    """The services that may read the objects of each service."""
    return _table(
        ("written by", "read by"), [(writer, ", ".join(readers)) for writer, readers in sorted(OBJECT_READERS.items())]
    )


def states() -> str:
    """A diagram of every table of transitions, service by service."""
    return "\n".join(f"### {title}\n\n{diagram(table)}" for title, table in tables())


def tables() -> Iterator[tuple[str, Table]]:
    """Every `...TRANSITIONS` of the services' domains, with a title, each once."""
    seen: set[int] = set()
    for service in SERVICES:
        # The module that defines a table comes before a package that imports it.
        for name, module in sorted(_modules(f"services.{service}.domain"), key=lambda found: -found[0].count(".")):
            for attribute, value in vars(module).items():
                if attribute.endswith("TRANSITIONS") and isinstance(value, Mapping) and id(value) not in seen:
                    seen.add(id(value))
                    yield f"{service}: {_subject(name)}", value


def diagram(table: Table) -> str:
    """A Mermaid state diagram. Actions that leave a state as it is are left out. States without any action are
    named below it."""
    kind, actions = (type(one) for one in next(iter(table)))
    moves: dict[tuple[StrEnum, StrEnum], list[str]] = {}
    # In the order of their definition, because a table may be built from sets.
    for before, action in product(kind, actions):
        if (after := table.get((before, action), before)) != before:
            moves.setdefault((before, after), []).append(action.replace("_", " ").replace("-", " "))
    leaves, reached = {before for before, _ in moves}, {after for _, after in moves}
    alone = [state for state in kind if state not in leaves | reached]
    begins = [state for n, state in enumerate(kind) if state in leaves and (n == 0 or state not in reached)]
    lines = [f"    [*] --> {state.value}" for state in begins]
    lines += [f"    {before.value} --> {after.value}: {', '.join(said)}" for (before, after), said in moves.items()]
    lines += [f"    {state.value} --> [*]" for state in kind if state in reached - leaves]
    note = f"\nNo move leads to {', '.join(f'`{state}`' for state in alone)} yet.\n" if alone else ""
    return "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + f"\n```\n{note}"


def settings() -> str:
    """The settings of every service, then those of each service."""
    common = ServiceSettings.model_fields
    parts = [f"### Every service\n\n{_settings(common)}"]
    for service in SERVICES:
        kind: type[ServiceSettings] = importlib.import_module(f"services.{service}.app").Settings
        own = {name: field for name, field in kind.model_fields.items() if name not in common}
        port = kind.model_fields["http_port"].default
        words = f"`HTTP_PORT` is {port} if unset.{'' if own else ' Nothing of its own.'}\n"
        parts.append(f"### {service}\n\n{words}" + (f"\n{_settings(own)}" if own else ""))
    return "\n".join(parts)


def metrics() -> str:
    """The metrics of the chassis in `/metrics` of every service."""
    found = [value for value in vars(telemetry).values() if isinstance(value, MetricWrapperBase)]
    return _table(
        ("metric", "kind", "labels", "tells"),
        [
            (
                f"`{_metric_name(one)}`",
                str(one._type),
                ", ".join(f"`{label}`" for label in one._labelnames),
                one._documentation,
            )
            for one in found
        ],
    )


def personal_data() -> str:
    """What an erasure does with each table of each service."""
    rows = []
    for service in SERVICES:
        registry = importlib.import_module(f"services.{service}.personal").TABLES
        for table, entry in registry.items():
            if entry.fate is not Fate.NOBODYS and entry is not CHASSIS.get(table):
                rows.append(
                    (
                        service,
                        f"`{table}`",
                        entry.fate.value,
                        "yes" if isinstance(entry.export, Export) else "",
                        entry.why,
                    )
                )
    common = [
        ("every", f"`{table}`", entry.fate.value, "", entry.why)
        for table, entry in CHASSIS.items()
        if entry.fate is not Fate.NOBODYS
    ]
    return _table(("service", "table", "erasure", "exported", "why"), [*common, *rows])


SECTIONS: Mapping[str, Callable[[], str]] = {
    "topics": topics,
    "events": events,
    "object-readers": object_readers,
    "states": states,
    "settings": settings,
    "metrics": metrics,
    "personal-data": personal_data,
}


def render(text: str) -> str:
    """The document with its generated sections made from the present code. Raises UnknownSection."""

    def fresh(found: re.Match[str]) -> str:
        if found["name"] not in SECTIONS:
            raise UnknownSection(f"there is no section {found['name']!r}; known: {', '.join(SECTIONS)}")
        return f"{found[1]}\n{SECTIONS[found['name']]().strip()}\n\n{found[3]}"

    return _MARKED.sub(fresh, text)


def main(arguments: list[str], folder: Path = FOLDER) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a document is out of date")
    given = parser.parse_args(arguments)
    old = 0
    for path in sorted(folder.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        if (now := render(text)) == text:
            continue
        old += 1
        if not given.check:
            path.write_text(now, encoding="utf-8")
        sys.stdout.write(
            f"{path.relative_to(folder.parent)}:"
            f" {'is out of date; run `python -m docs.generate`' if given.check else 'written'}\n"
        )
    return 1 if old and given.check else 0


def _modules(name: str) -> Iterator[tuple[str, Any]]:
    module = importlib.import_module(name)
    yield name, module
    for found in pkgutil.iter_modules(getattr(module, "__path__", [])):
        yield from _modules(f"{name}.{found.name}")


def _subject(module: str) -> str:
    """The subject of a table by the name of its module: `fee` for `fees`."""
    last = module.rpartition(".")[2]
    return {"states": "application", "receipts": "payment", "domain": "mail"}.get(last, last.removesuffix("s"))


def _settings(fields: Mapping[str, Any]) -> str:
    rows = []
    for name, field in fields.items():
        variable = "DATABASE_URL_<SERVICE>" if name == "database_url" else name.upper()
        meaning = MEANINGS.get(name) or field.description
        if not meaning:
            raise NoMeaning(f"{variable}: say what it means, in docs/meanings.py or as the field's description")
        rows.append((f"`{variable}`", _default(name, field), meaning))
    return _table(("variable", "if unset", "meaning"), rows)


def _default(name: str, field: Any) -> str:
    if field.is_required() or name == "database_url":
        return "**required**"
    if name == "http_port":
        return "see below"
    if field.default in ("", None):
        return "nothing"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    if isinstance(field.default, Path) and field.default.is_absolute():
        return f"`{field.default.name}/` of the checkout"
    return f"`{field.default}`"


def _metric_name(metric: MetricWrapperBase) -> str:
    return f"{metric._name}_total" if metric._type == "counter" else str(metric._name)


def _kept(topic: Topic) -> str:
    return "newest of each key" if topic.compacted else "for ever" if topic.keep is None else f"{topic.keep.days} days"


def _summary(text: str | None) -> str:
    return " ".join(inspect.cleandoc(text or "").partition("\n\n")[0].split()).replace("|", "\\|")


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
