"""Conflicts of interest that the service finds by itself. Declared ones are in `declarations`."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from contracts.refusals import Text


class Kind(StrEnum):
    """Why a person may not judge an application."""

    SELF = "self"
    INSTITUTION = "institution"


REASONS = MappingProxyType(
    {
        Kind.SELF: Text("is the applicant"),
        Kind.INSTITUTION: Text("is of the same institution as the applicant"),
    }
)
"""What staff and chairs read after "this person". Reviewers never read it: it tells something of the applicant."""


@dataclass(frozen=True, slots=True)
class Party:
    """An applicant, or a person who may judge. `institutions`: all that are known, as people wrote them."""

    person_id: UUID
    institutions: tuple[str, ...] = ()


def normalised(institution: str) -> str:
    """An institution's name without differences of spelling: case, accents, punctuation, `&`, a leading article. Other
    names of the same institution are not known."""
    plain = unicodedata.normalize("NFKD", institution.casefold().replace("&", " and "))
    words = "".join(c if c.isalnum() else "" if unicodedata.combining(c) or c in "'’.`" else " " for c in plain).split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)


def found(applicant: Party, judge: Party) -> tuple[Kind, ...]:
    """Every conflict of interest between the two, in the order of `Kind`. An institution without a name is nobody's."""
    kinds = []
    if applicant.person_id == judge.person_id:
        kinds.append(Kind.SELF)
    if _names(applicant.institutions) & _names(judge.institutions):
        kinds.append(Kind.INSTITUTION)
    return tuple(kinds)


def _names(institutions: Iterable[str]) -> set[str]:
    return {normalised(institution) for institution in institutions} - {""}
