"""The parameters of each call, as models. An unknown parameter is refused as Stripe refuses it."""

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from devstack.stripe_sandbox.form import bracketed
from devstack.stripe_sandbox.refusals import Json, Refusal


def _whole(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value):
        return int(value)
    raise PydanticCustomError("whole", "Invalid integer: {value}", {"value": str(value)})


def _address(value: str) -> str:
    if re.fullmatch(r"https?://[^\s/?#]+[^\s]*", value):
        return value
    raise PydanticCustomError("url", "Not a valid URL")


def _email(value: str) -> str:
    if re.fullmatch(r"[^@\s]+@[^@\s]+", value):
        return value
    raise PydanticCustomError("email", "Invalid email address: {value}", {"value": value})


def _suffix(value: str) -> str:
    if len(value) > 22 or re.search(r"[<>\\'\"*]", value) or not re.search(r"[A-Za-z]", value):
        raise PydanticCustomError(
            "suffix",
            "The statement descriptor suffix must have at most 22 characters, at least"
            " one letter and none of < > \\ ' \" *",
        )
    return value


def _currency(value: str) -> str:
    if value.lower() not in CURRENCIES:
        raise PydanticCustomError(
            "currency",
            "Invalid currency: {value}. This sandbox takes {known}",
            {"value": value, "known": ", ".join(CURRENCIES)},
        )
    return value.lower()


def _without_blanks(value: Any) -> Any:
    if value == "":
        return {}
    return {key: member for key, member in value.items() if member != ""} if isinstance(value, dict) else value


def _range(value: Any) -> Any:
    return {"gte": value, "lte": value} if isinstance(value, str) else value


CURRENCIES = ("usd", "eur", "gbp", "cad", "aud")

Text = Annotated[str, StringConstraints(min_length=1, max_length=5000)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Whole = Annotated[int, BeforeValidator(_whole)]
Address = Annotated[Text, AfterValidator(_address)]
Email = Annotated[str, StringConstraints(min_length=1, max_length=512), AfterValidator(_email)]
Currency = Annotated[str, StringConstraints(min_length=1), AfterValidator(_currency)]
MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=40)]
MetadataValue = Annotated[str, StringConstraints(max_length=500)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], BeforeValidator(_without_blanks), Field(max_length=50)]


class Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    expand: list[Text] = Field(default=[], max_length=20)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProductData(Part):
    name: Text
    description: Text | None = None
    metadata: Metadata = {}


class PriceData(Part):
    currency: Currency
    unit_amount: Annotated[Whole, Field(ge=0)]
    product_data: ProductData


class LineItem(Part):
    price_data: PriceData
    quantity: Annotated[Whole, Field(ge=1)] = 1


class PaymentIntentData(Part):
    description: Text | None = None
    metadata: Metadata = {}
    receipt_email: Email | None = None
    statement_descriptor_suffix: Annotated[str, StringConstraints(min_length=1), AfterValidator(_suffix)] | None = None


class CreateSession(Parameters):
    mode: Literal["payment"]
    line_items: Annotated[list[LineItem], Field(min_length=1, max_length=100)]
    success_url: Address
    cancel_url: Address | None = None
    client_reference_id: Short | None = None
    customer_email: Email | None = None
    expires_at: Whole | None = None
    locale: Short | None = None
    metadata: Metadata = {}
    payment_intent_data: PaymentIntentData = PaymentIntentData()
    payment_method_types: list[Literal["card"]] = ["card"]
    submit_type: Literal["auto", "book", "donate", "pay"] | None = None
    ui_mode: Literal["hosted_page"] = "hosted_page"


class CreateRefund(Parameters):
    charge: Text | None = None
    payment_intent: Text | None = None
    amount: Annotated[Whole, Field(ge=1)] | None = None
    metadata: Metadata = {}
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None


class Range(Part):
    gt: Whole | None = None
    gte: Whole | None = None
    lt: Whole | None = None
    lte: Whole | None = None


class Page(Parameters):
    limit: Annotated[Whole, Field(ge=1, le=100)] = 10
    starting_after: Text | None = None
    ending_before: Text | None = None
    created: Annotated[Range, BeforeValidator(_range)] | None = None


class CustomerDetails(Part):
    email: Email


class ListSessions(Page):
    status: Literal["open", "complete", "expired"] | None = None
    payment_intent: Text | None = None
    customer_details: CustomerDetails | None = None


class ChargeMetadata(Part):
    application_id: Text


class ListCharges(Page):
    """Stripe's filters, and `metadata[application_id]` (also as `metadata.application_id`), which Stripe itself has
    only in its search."""

    payment_intent: Text | None = None
    metadata: ChargeMetadata | None = None

    @model_validator(mode="before")
    @classmethod
    def _dotted(cls, values: Json) -> Json:
        values = dict(values)
        dotted = values.pop("metadata.application_id", None)
        return values if dotted is None else {"metadata": {"application_id": dotted}} | values


class SearchCharges(Parameters):
    query: Text
    limit: Annotated[Whole, Field(ge=1, le=100)] = 10


class ListRefunds(Page):
    charge: Text | None = None
    payment_intent: Text | None = None


class ListEvents(Page):
    type: Text | None = None
    types: Annotated[list[Text], Field(min_length=1, max_length=20)] | None = None


class ListBalanceTransactions(Page):
    type: Text | None = None
    source: Text | None = None
    currency: Currency | None = None


P = TypeVar("P", bound=Parameters)


def read(model: type[P], values: Json) -> P:
    """The call's parameters. Raises Stripe's refusal: for unknown names first, then for missing ones, then for wrong
    values."""
    try:
        return model.model_validate(values)
    except ValidationError as invalid:
        raise _refusal(invalid) from None


def _refusal(invalid: ValidationError) -> Refusal:
    errors = invalid.errors()
    unknown = [bracketed(error["loc"]) for error in errors if error["type"] == "extra_forbidden"]
    if unknown:
        return Refusal(
            f"Received unknown parameter{'s' if len(unknown) > 1 else ''}: {', '.join(unknown)}",
            code="parameter_unknown",
            param=unknown[0],
        )
    error = min(errors, key=lambda each: each["type"] != "missing")
    param, kind, context = bracketed(error["loc"]), error["type"], error.get("ctx", {})
    match kind:
        case "missing":
            return Refusal(f"Missing required param: {param}.", code="parameter_missing", param=param)
        case "whole":
            return Refusal(error["msg"], code="parameter_invalid_integer", param=param)
        case "url":
            return Refusal(error["msg"], code="url_invalid", param=param)
        case "email":
            return Refusal(error["msg"], code="email_invalid", param=param)
        case "string_too_short":
            return Refusal(
                f"You passed an empty string for '{param}'. We assume empty values are"
                " an attempt to unset a parameter; "
                f"however '{param}' cannot be unset. You should remove '{param}' from your"
                " request or supply a non-empty value.",
                code="parameter_invalid_empty",
                param=param,
            )
        case "literal_error":
            return Refusal(f"Invalid {param}: must be one of {context['expected'].replace(chr(39), '')}", param=param)
        case "greater_than_equal" | "less_than_equal":
            bound = f"at least {context['ge']}" if kind == "greater_than_equal" else f"at most {context['le']}"
            return Refusal(f"Invalid {param}: must be {bound}", code="parameter_invalid_integer", param=param)
        case "dict_type" | "model_type":
            return Refusal("Invalid object", param=param)
        case "list_type":
            return Refusal("Invalid array", param=param)
        case _:
            return Refusal(
                error["msg"] if kind in {"currency", "suffix"} else f"Invalid {param}: {error['msg']}", param=param
            )
