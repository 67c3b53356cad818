"""Hypothesis strategies from the event models: any event that the contracts allow."""

import types
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from annotated_types import Ge, Le
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from contracts.envelope import Envelope
from contracts.event import Event

ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1), timezones=ZONES)  # noqa: DTZ001
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def models(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Instances of a model. A field with a default is sometimes left to it."""
    given: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for name, field in model.model_fields.items():
        (given if field.is_required() else optional)[name] = values(field.annotation, field.metadata)
    return st.fixed_dictionaries(given, optional=optional).map(lambda fields: model(**fields))


def values(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    """Values of one annotation, within the bounds that its metadata sets."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return values(
            arguments[0],
            [*metadata, *(part for inner in arguments[1:] for part in getattr(inner, "metadata", [inner]))],
        )
    if origin in (Union, types.UnionType):
        return st.one_of(*(values(argument, metadata) for argument in arguments))
    if origin is tuple:
        assert arguments[1:] == (...,), annotation
        return st.lists(values(arguments[0], []), max_size=3).map(tuple)
    if origin is Literal:
        return st.sampled_from(arguments)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return models(annotation)
    patterns = [part.pattern for part in metadata if getattr(part, "pattern", None)]
    if annotation is str and patterns:
        return st.from_regex(patterns[0].removesuffix("$"), fullmatch=True)
    if annotation is int:
        low = next((part.ge for part in metadata if isinstance(part, Ge)), None)
        high = next((part.le for part in metadata if isinstance(part, Le)), None)
        return st.integers(low, high)
    return {
        str: TEXTS,
        UUID: st.uuids(),
        bool: st.booleans(),
        date: st.dates(),
        AwareDatetime: TIMES,
        types.NoneType: st.none(),
    }[annotation]


def envelopes(event: type[Event]) -> st.SearchStrategy[Envelope[Any]]:
    """Envelopes around any such event, of the event's own type."""
    return st.builds(
        Envelope[event],  # type: ignore[valid-type]
        id=st.uuids(),
        time=TIMES,
        source=TEXTS,
        type=st.just(event.TYPE),
        correlation_id=st.uuids(),
        causation_id=st.none() | st.uuids(),
        data=models(event),
    )
