"""Rules for every request: known fields only, and no text that a database cannot hold."""

from itertools import islice
from typing import Any, Self
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError
from starlette.types import Scope

from chassis.texts import faults_in
from contracts.refusals import Fault, Text

MOST_FAULTS = 50
"""The most faults that one answer names."""


class Body(BaseModel):
    """A request's body. Unknown fields are refused, texts are stripped, and no text or field name may hold characters
    that a database cannot store."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="wrap")
    @classmethod
    def _storable(cls, given: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        body = read(given)  # first, so that only bodies of the right shape are searched
        faults = [
            InitErrorDetails(type=PydanticCustomError("unstorable", "{what}", {"what": what}), loc=place, input=None)
            for place, what in islice(faults_in(given), MOST_FAULTS)
        ]
        if faults:
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return body


def unstorable_address(scope: Scope) -> list[Fault]:
    """Where a request's path and query hold U+0000. (They cannot hold half of a surrogate pair: bytes that are not
    UTF-8 were replaced.)"""
    names = ["path"] if "\x00" in scope["path"] else []
    if b"%00" in scope["query_string"]:
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        names += ["query" if "\x00" in name else name for name, value in query if "\x00" in name + value]
    return [Fault(name, Text("has a control character (U+0000); take it out")) for name in names]
