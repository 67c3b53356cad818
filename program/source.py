"""A YAML file with the place of each value, so that a fault can name line and column."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Loc = Sequence[int | str]


class _Loader(yaml.SafeLoader):
    """Leaves dates as text. So the model, which knows the place, finds dates that do not exist."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.yaml_implicit_resolvers = {
            first: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }


@dataclass(frozen=True, order=True, slots=True)
class Fault:
    """One fault: its place (line and column count from 1), the problem, and the remedy."""

    file: str
    line: int
    column: int
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}:{self.column}: {field}{self.problem}; {self.remedy}"


class Source:
    """One YAML file: its data as plain dicts and lists, and the place of each value."""

    def __init__(self, file: str, root: yaml.Node, data: dict[str, Any]) -> None:
        self.file = file
        self.data = data
        self._root = root

    def fault(self, loc: Loc, problem: str, remedy: str) -> Fault:
        """A fault at `loc` (keys and indexes from the top), or at the nearest place around it that exists."""
        line, column = self._place(loc)
        return Fault(self.file, line, column, ".".join(str(part) for part in loc), problem, remedy)

    def _place(self, loc: Loc) -> tuple[int, int]:
        node, mark = self._root, self._root.start_mark
        for part in loc:
            if isinstance(node, yaml.MappingNode):
                pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
                if pair is None:
                    break
                mark, node = pair[0].start_mark, pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                mark = node.start_mark
            else:
                break
        return mark.line + 1, mark.column + 1


def of_nothing(file: str) -> Source:
    """An empty file, for data that has no file. Every fault is at its beginning."""
    mark = yaml.Mark(file, 0, 0, 0, "", 0)
    return Source(file, yaml.MappingNode("tag:yaml.org,2002:map", [], mark, mark), {})


def read(path: Path, file: str) -> tuple[Source | None, list[Fault]]:
    """Read a file whose top is a mapping. Faults: the file does not exist or is not UTF-8 or not YAML, a key stands
    twice, an alias is used."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return None, [Fault(file, 1, 1, "", f"cannot be read ({error.strerror})", "put a readable file there")]
    except UnicodeDecodeError:
        return None, [Fault(file, 1, 1, "", "is not UTF-8 text", "save it as UTF-8")]
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            return None, [Fault(file, 1, 1, "", "does not hold a mapping", "begin with lines such as `slug: ...`")]
        faults = _form(file, root, ())
        if faults:
            return None, faults
        data: dict[str, Any] = loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        return None, [
            Fault(file, line, column, "", f"is not YAML ({error.problem or error.context})", "correct the syntax there")
        ]
    except yaml.YAMLError as error:
        return None, [Fault(file, 1, 1, "", f"is not YAML ({str(error).splitlines()[0]})", "remove what is not text")]
    except ValueError as error:
        return None, [Fault(file, 1, 1, "", f"holds a tagged value that does not exist ({error})", "take the tag out")]
    return Source(file, root, data), []


def _form(file: str, root: yaml.Node, loc: tuple[int | str, ...]) -> list[Fault]:
    faults: list[Fault] = []
    seen: set[int] = set()

    def visit(node: yaml.Node, loc: tuple[int | str, ...]) -> None:
        field = ".".join(str(part) for part in loc)
        if id(node) in seen:
            at = node.start_mark
            faults.append(
                Fault(
                    file, at.line + 1, at.column + 1, field, "is used again by an alias", "write it out in both places"
                )
            )
            return
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                at = key.start_mark
                if not isinstance(key, yaml.ScalarNode):
                    faults.append(
                        Fault(
                            file,
                            at.line + 1,
                            at.column + 1,
                            field,
                            "a key is not text",
                            "write a plain word before the colon",
                        )
                    )
                    continue
                if key.value in keys:
                    name = ".".join(str(part) for part in (*loc, key.value))
                    faults.append(
                        Fault(file, at.line + 1, at.column + 1, name, "stands here twice", "keep one of the two")
                    )
                keys.add(key.value)
                visit(value, (*loc, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                visit(value, (*loc, index))

    visit(root, loc)
    return faults
