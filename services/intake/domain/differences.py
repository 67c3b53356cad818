"""The differences between two versions of a credential, or between the published version and its file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.catalog import CredentialDefinition

Place = tuple[str, ...]
_NOT_COMPARED = frozenset({"slug", "version"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: its place (names of fields, and keys or numbers in lists), the old value and the new one.

    `before` is None for an added thing, `after` for a removed one. `name` is the name of a thing that has a key.
    """

    place: Place
    before: str | None
    after: str | None
    name: str = ""

    @property
    def kind(self) -> str:
        """added, removed or changed."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"


def differences(before: CredentialDefinition, after: CredentialDefinition) -> tuple[Difference, ...]:
    """All differences, in the order of a definition. The version's number and slug do not count."""
    old, new = (
        {name: value for name, value in one.model_dump(mode="json").items() if name not in _NOT_COMPARED}
        for one in (before, after)
    )
    return tuple(_compared((), old, new))


def _compared(place: Place, old: Any, new: Any) -> Iterator[Difference]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            yield from _compared((*place, name), old.get(name), new.get(name))
        return
    if _keyed(old) and _keyed(new) and (old or new):
        yield from _listed(place, old, new)
        return
    yield Difference(place, _said(old), _said(new))


def _listed(place: Place, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Difference]:
    was, now = ({one["key"]: one for one in found} for found in (old, new))
    for key, one in was.items():
        if key in now:
            yield from _compared((*place, key), one, now[key])
        else:
            yield Difference((*place, key), _said(one), None, one.get("name") or one.get("title") or "")
    for key, one in now.items():
        if key not in was:
            yield Difference((*place, key), None, _said(one), one.get("name") or one.get("title") or "")
    kept = [key for key in was if key in now], [key for key in now if key in was]
    if kept[0] != kept[1]:
        yield Difference(place, ", ".join(kept[0]), ", ".join(kept[1]))


def _keyed(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and "key" in one for one in value)


def _said(value: Any) -> str | None:
    """A value as people read it. None if it is empty."""
    match value:
        case None | "" | [] | {}:
            return None
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case list():
            return ", ".join(filter(None, map(_said, value)))
        case dict():
            return "\n".join(f"{name}: {said}" for name, one in value.items() if (said := _said(one)) is not None)
        case _:
            return str(value)
