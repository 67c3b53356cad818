"""Retrieve, list and expand, in the same way for every kind of object."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from devstack.stripe_sandbox import objects
from devstack.stripe_sandbox.parameters import (
    ListBalanceTransactions,
    ListCharges,
    ListEvents,
    ListRefunds,
    ListSessions,
    Page,
    Parameters,
    SearchCharges,
    read,
)
from devstack.stripe_sandbox.refusals import Json, Refusal, missing_object
from devstack.stripe_sandbox.store import Store


class Collection(NamedTuple):
    """One kind of object: the path of its list, the list's filters, and the name of its id in refusals."""

    kind: str
    path: str
    page: type[Page]
    id_name: str


SESSIONS = Collection("checkout.session", "/v1/checkout/sessions", ListSessions, "session")
PAYMENT_INTENTS = Collection("payment_intent", "/v1/payment_intents", Page, "intent")
CHARGES = Collection("charge", "/v1/charges", ListCharges, "charge")
REFUNDS = Collection("refund", "/v1/refunds", ListRefunds, "refund")
BALANCE_TRANSACTIONS = Collection("balance_transaction", "/v1/balance_transactions", ListBalanceTransactions, "id")
EVENTS = Collection("event", "/v1/events", ListEvents, "id")
COLLECTIONS = (SESSIONS, PAYMENT_INTENTS, CHARGES, REFUNDS, BALANCE_TRANSACTIONS, EVENTS)

# The fields of each kind that may be expanded. A list on demand names the kind that it lists.
EXPANDABLE: Mapping[str, frozenset[str]] = {
    "checkout.session": frozenset({"payment_intent", "line_items"}),
    "payment_intent": frozenset({"latest_charge"}),
    "charge": frozenset({"balance_transaction", "payment_intent", "refunds"}),
    "refund": frozenset({"balance_transaction", "charge", "payment_intent"}),
    "balance_transaction": frozenset({"source"}),
}
MOST_DEEP = 4
_SEARCH = re.compile(r"""^\s*metadata\[(["'])application_id\1\]\s*:\s*(["'])([^"']+)\2\s*$""")


def retrieve(store: Store, collection: Collection, object_id: str, params: Json) -> Json:
    asked = read(Parameters, params)
    found = store.get(object_id)
    if found is None or found["object"] != collection.kind:
        raise missing_object(collection.kind, object_id, collection.id_name)
    return shown(store, found, asked.expand)


def listing(store: Store, collection: Collection, params: Json) -> Json:
    """One page, newest first, as at Stripe: `starting_after` leads to older objects, `ending_before` to newer ones."""
    asked = read(collection.page, params)
    filters = _filters(asked)
    backwards = asked.ending_before is not None
    for name, cursor in (("after", asked.starting_after), ("before", asked.ending_before)):
        if cursor is not None:
            position = store.position(cursor, collection.kind)
            if position is None:
                raise missing_object(collection.kind, cursor, "starting_after" if name == "after" else "ending_before")
            filters[name] = position
    found = store.find(collection.kind, filters, asked.limit + 1, oldest_first=backwards)
    page = found[: asked.limit]
    if backwards:
        page.reverse()
    expand = [_within_data(path) for path in asked.expand]
    data = [shown(store, each, expand) for each in page]
    return {"object": "list", "data": data, "has_more": len(found) > asked.limit, "url": collection.path}


def search_charges(store: Store, params: Json) -> Json:
    """Stripe's search, only for `metadata["application_id"]:"..."`. Here its result is always current. One page of at
    most 100, newest first."""
    asked = read(SearchCharges, params)
    query = _SEARCH.match(asked.query)
    if query is None:
        raise Refusal("This sandbox searches charges by metadata['application_id']:'...' only.", param="query")
    found = store.find("charge", {"application_id": query[3]}, asked.limit + 1)
    expand = [_within_data(path) for path in asked.expand]
    data = [shown(store, each, expand) for each in found[: asked.limit]]
    return {
        "object": "search_result",
        "data": data,
        "has_more": len(found) > asked.limit,
        "next_page": None,
        "url": "/v1/charges/search",
    }


def shown(store: Store, stored: Json, expand: Sequence[str]) -> Json:
    """The object as the API answers it, with the requested fields expanded."""
    answer = objects.public(stored)
    if stored["object"] == "event":
        answer = answer | {"pending_webhooks": store.pending(stored["id"])}
    for path in expand:
        steps = path.split(".")
        if len(steps) > MOST_DEEP:
            raise Refusal(
                f"You cannot expand more than {MOST_DEEP} levels of a property. Property: {path}", param="expand"
            )
        answer = _expanded(store, stored, answer, steps)
    return answer


def _expanded(store: Store, stored: Json, answer: Json, steps: Sequence[str]) -> Json:
    step, deeper = steps[0], steps[1:]
    if step not in EXPANDABLE.get(stored["object"], frozenset()):
        raise Refusal(f"This property cannot be expanded ({step}).", param="expand")
    if step == "line_items":
        return answer | {"line_items": stored["line_items"]}
    if step == "refunds":
        refunds = [
            shown(store, each, [".".join(deeper[1:])] if deeper[1:] else [])
            for each in store.find("refund", {"charge": stored["id"]}, 10)
        ]
        return answer | {
            "refunds": {
                "object": "list",
                "data": refunds,
                "has_more": False,
                "url": f"/v1/charges/{stored['id']}/refunds",
            }
        }
    held = answer.get(step)
    inner = store.get(held["id"] if isinstance(held, dict) else held) if held else None
    if inner is None:
        return answer
    already = held if isinstance(held, dict) else objects.public(inner)
    return answer | {step: _expanded(store, inner, already, deeper) if deeper else already}


def _within_data(path: str) -> str:
    if not path.startswith("data."):
        raise Refusal(
            f"This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead.",
            param="expand",
        )
    return path.removeprefix("data.")


def _filters(asked: Page) -> dict[str, Any]:
    given = asked.model_dump(exclude_none=True, exclude={"limit", "expand", "starting_after", "ending_before"})
    filters: dict[str, Any] = {f"created.{bound}": at for bound, at in given.pop("created", {}).items()}
    if "customer_details" in given:
        filters["email"] = given.pop("customer_details")["email"]
    if "metadata" in given:
        filters["application_id"] = given.pop("metadata")["application_id"]
    if "types" in given:
        filters["types"] = orjson.dumps(given.pop("types")).decode()
    return filters | given
