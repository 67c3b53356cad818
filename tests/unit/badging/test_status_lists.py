"""Status lists: the bit of each badge."""

from datetime import timedelta
from itertools import product

import pytest
from openbadgeslib.ob3.status import decode_encoded_list, set_indices

from services.badging.domain import status_lists
from services.badging.domain.badges import State
from services.badging.domain.status_lists import ENTRIES, PURPOSES, Place
from tests.unit.badging import sample


@pytest.mark.parametrize("indexes", [[], [0], [7], [8], [ENTRIES - 1], [0, 1, 4711, 70_000, ENTRIES - 1]])
def test_exactly_these_bits_are_set(indexes: list[int]) -> None:
    bits = decode_encoded_list(status_lists.encoded_list(indexes))

    assert len(bits) * 8 == ENTRIES == 131_072
    assert set_indices(bits) == frozenset(indexes)


def test_first_entry_is_the_leftmost_bit() -> None:
    assert decode_encoded_list(status_lists.encoded_list([0, 9]))[:2] == bytes([0b1000_0000, 0b0100_0000])


def test_same_bits_are_the_same_text() -> None:
    assert status_lists.encoded_list([5, 3, 3]) == status_lists.encoded_list([3, 5])


@pytest.mark.parametrize("index", [-1, ENTRIES])
def test_no_place_outside_of_the_list(index: int) -> None:
    with pytest.raises(IndexError):
        status_lists.encoded_list([index])


def test_revocation_comes_first() -> None:
    assert [entry["statusPurpose"] for entry in status_lists.entries(sample.WHO, Place(3, 5))] == [
        "revocation",
        "suspension",
    ]


def test_list_credential() -> None:
    document = status_lists.list_credential(sample.WHO, "suspension", 3, [5], sample.AWARDED)

    url = f"{sample.WHO.url}/status/suspension-3"
    assert document == {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": sample.WHO.did,
        "validFrom": "2025-03-01T10:30:15Z",
        "validUntil": "2025-03-08T10:30:15Z",
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "suspension",
            "encodedList": status_lists.encoded_list([5]),
        },
    }


def test_a_list_is_renewed_long_before_it_ends() -> None:
    assert status_lists.FRESH + timedelta(days=2) < status_lists.VALID


def test_only_abandoning_changes_a_bit_so_far() -> None:
    found = {pair: status_lists.changed(*pair) for pair in product(State, State) if status_lists.changed(*pair)}

    assert found == {
        (State.UNSIGNED, State.ABANDONED): ("revocation",),
        (State.ABANDONED, State.UNSIGNED): ("revocation",),
        (State.ISSUED, State.ABANDONED): ("revocation",),
        (State.ABANDONED, State.ISSUED): ("revocation",),
    }
    assert tuple(status_lists.SET_IN) == PURPOSES
