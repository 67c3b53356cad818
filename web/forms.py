"""Forms. The typed values become the same body model that the API takes. A fault stands beside its field, and nothing
typed is lost."""

import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile

from chassis.faults import field_of, words
from contracts.refusals import Fault, Invalid

B = TypeVar("B", bound=BaseModel)

MOST_FIELDS = 1000
Typed = Mapping[str, Sequence[str]]
"""The typed values, by the names of the fields. A field may come several times."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one field, in the reader's words."""

    field: str
    words: str


@dataclass(frozen=True)
class Form:
    """A form to show: the values in its fields, and what is wrong with them.

    `labels`: what its fields are called on the page. The page notes them while it is made.
    """

    typed: Typed = field(default_factory=dict)
    faults: tuple[Wrong, ...] = ()
    labels: dict[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of_values(cls, values: Mapping[str, object]) -> "Form":
        """A form that shows stored values. Nested values get names with dots."""
        return cls(dict(_flat("", values)))

    def value(self, name: str) -> str:
        """The value of a field; empty if it has none."""
        return next(iter(self.typed.get(name, ())), "")

    def values(self, name: str) -> Sequence[str]:
        """All values of a field with several."""
        return self.typed.get(name, ())

    def of(self, name: str) -> list[Wrong]:
        """What is wrong with a field."""
        return [fault for fault in self.faults if fault.field == name]

    def named(self, name: str, label: str) -> str:
        """Note what a field is called, without a remark in brackets at the end. Returns nothing to show."""
        if label:
            self.labels[name] = label.partition(" (")[0]
        return ""

    @staticmethod
    def id(name: str) -> str:
        """The id of a field in the page."""
        return "field-" + "".join(letter if letter.isalnum() else "-" for letter in name)


_TYPED = {"int_type": "int_parsing", "float_type": "float_parsing"}
"""Faults of JSON that speak of quotes, and the same ones of typed text."""


async def typed(request: Request) -> Typed:
    """The text fields of a request's form. Forms with files are read by their own routes, piece by piece."""
    found: dict[str, list[str]] = {}
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                # Browsers end the lines of a text area with CR LF.
                found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return found


def fill(model: type[B], what: Typed) -> B:
    """The body with the typed values. Fields that the model does not have are ignored, because forms also have buttons.

    Raises Invalid. Its faults have the names of the form's fields.
    """
    nested: dict[str, Any] = {}
    for name, values in what.items():
        if name.partition(".")[0] in model.model_fields:
            _put(nested, name.split("."), list(values))
    try:
        return model.model_validate(_shaped(model, nested))
    except ValidationError as error:
        # As a field of the body: otherwise a field called `path` would count as a part of the address.
        placed = (
            {**fault, "loc": ("body", *fault["loc"]), "type": _TYPED.get(fault["type"], fault["type"])}
            for fault in error.errors()
        )
        raise Invalid(*(Fault(field_of(fault), words(fault)) for fault in placed)) from None


def _put(into: dict[str, Any], steps: Sequence[str], values: list[str]) -> None:
    for step in steps[:-1]:
        deeper = into.setdefault(step, {})
        if not isinstance(deeper, dict):
            return
        into = deeper
    into[steps[-1]] = values


def _shaped(model: type[BaseModel], nested: Mapping[str, Any]) -> dict[str, Any]:
    """The texts, converted to the types of the model's fields. A text that does not fit stays a text, and the model
    says what is wrong with it."""
    found = {}
    for name, info in model.model_fields.items():
        if name not in nested:
            continue
        value = _as(info.annotation, nested[name])
        if value is not None or info.is_required():
            found[name] = "" if value is None else value
    return found


def _as(kind: Any, raw: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _as(next((one for one in arguments if one is not type(None)), str), raw)
    if hasattr(kind, "__metadata__"):
        return _as(arguments[0], raw)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _shaped(kind, raw) if isinstance(raw, dict) else raw
    if origin in (dict, Mapping):
        return (
            {key: _as(arguments[1], value) for key, value in raw.items() if value not in ([""], [])}
            if isinstance(raw, dict)
            else raw
        )
    if isinstance(raw, dict):
        return raw
    if origin in (list, tuple, Sequence):
        return [_one(arguments[0], text) for text in raw if text != ""]
    return _one(kind, raw[0]) if raw else None


def _one(kind: Any, text: str) -> Any:
    if hasattr(kind, "__metadata__"):
        return _one(get_args(kind)[0], text)
    if get_origin(kind) is Literal and get_args(kind) and isinstance(get_args(kind)[0], bool):
        kind = bool
    if text == "":
        return None
    if kind is bool:
        return {"true": True, "on": True, "false": False}.get(text, text)
    if kind in (int, float):
        try:
            return int(text) if kind is int else float(text.replace(",", "."))
        except ValueError:
            return text
    return text


def _flat(prefix: str, values: Mapping[str, object]) -> Iterable[tuple[str, list[str]]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        elif isinstance(value, (list, tuple)):
            yield f"{prefix}{name}", [_text(one) for one in value]
        elif value is not None:
            yield f"{prefix}{name}", [_text(value)]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
