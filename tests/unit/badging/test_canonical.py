"""Shapes are a faster way to the same canonical form, never to another one."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.catalog import Group, Item
from services.badging.clients.jsonld import Canonicalizer, UnknownContext, UnsignableDocument
from services.badging.domain import credentials, status_lists
from services.badging.domain.credentials import VC_CONTEXT
from services.badging.domain.status_lists import Place
from tests.unit.badging import sample
from tests.unit.badging.verifying import plain_canonical

SHARED = Canonicalizer()
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n\t\r"\\\u2028\u0085<>_:'), max_size=30
)


def test_second_document_of_a_shape() -> None:
    first = sample.document()
    second = sample.document(
        earner=credentials.identity("bob@example.org", "pepper"), status=status_lists.entries(sample.WHO, Place(2, 9))
    )

    canonicalizer = Canonicalizer()

    assert canonicalizer.canonical(first).decode() == plain_canonical(first)
    assert canonicalizer.canonical(second).decode() == plain_canonical(second)
    assert canonicalizer.canonical(first).decode() == plain_canonical(first)


@settings(max_examples=40, deadline=None)
@given(name=TEXT, criteria=TEXT, email=TEXT, salt=TEXT, items=st.lists(TEXT, min_size=1, max_size=4))
def test_any_text(name: str, criteria: str, email: str, salt: str, items: list[str]) -> None:
    groups = (
        Group(
            key="g", kind="area", name=name, items=tuple(Item(key=f"i{n}", name=each) for n, each in enumerate(items))
        ),
    )
    definition = sample.definition(name=name, criteria=criteria, groups=groups)
    judged = tuple(sample.result(f"i{n}", "shown") for n in range(len(items)))
    document = sample.document(definition=definition, items=judged, earner=credentials.identity(email, salt))

    assert SHARED.canonical(document).decode() == plain_canonical(document)


def test_equal_strings_are_one_statement() -> None:
    document: dict[str, Any] = sample.document()
    document["credentialSubject"]["achievement"]["tag"] = ["same", "same"]

    assert Canonicalizer().canonical(document).decode() == plain_canonical(document)


def test_input_is_left_alone() -> None:
    document = sample.document()
    before = copy.deepcopy(document)

    SHARED.canonical(document)

    assert document == before


def changed(**members: object) -> dict[str, Any]:
    return {**sample.document(), **members}


@pytest.mark.parametrize(
    "document",
    [
        changed(honours="a term of no context"),
        changed(issuer={"id": "not-absolute", "type": ["Profile"], "name": "x"}),
        changed(id="https://example.org/a b"),
        changed(id="_:blank"),
        changed(credentialStatus=[{"id": "urn:x", "type": "BitstringStatusListEntry", "unknown": "1"}]),
    ],
)
def test_what_a_signature_would_not_cover_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(UnsignableDocument):
        Canonicalizer().canonical(document)
    SHARED.canonical(sample.document())
    with pytest.raises(UnsignableDocument):
        SHARED.canonical(document)


@pytest.mark.parametrize("context", ["https://example.org/context.json", "https://www.w3.org/ns/credentials/v2/"])
def test_context_that_is_not_pinned_is_never_fetched(context: str) -> None:
    with pytest.raises(UnsignableDocument, match="is not pinned; contexts are never fetched"):
        SHARED.canonical(changed(**{"@context": [VC_CONTEXT, context]}))


def test_context_of_another_digest_is_refused() -> None:
    with pytest.raises(UnknownContext, match="pinned is"):
        Canonicalizer({"https://www.w3.org/ns/credentials/v2": ("credentials-v2.json", "0" * 64)})


def test_shapes_are_bounded() -> None:
    canonicalizer = Canonicalizer(shapes=2)
    documents = [sample.document(definition=sample.definition(groups=(group(n),)), items=()) for n in (1, 2, 3, 1)]

    assert [canonicalizer.canonical(each).decode() for each in documents] == [
        plain_canonical(each) for each in documents
    ]
    assert canonicalizer.shapes_kept == 2


def group(items: int) -> Group:
    return Group(key="g", kind="area", name="Area", items=tuple(Item(key=f"i{n}", name="x") for n in range(items)))
