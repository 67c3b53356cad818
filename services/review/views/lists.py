"""Lists of cases, as views."""

from uuid import UUID

import asyncpg
from pydantic import BaseModel

from services.review.domain import access, seats
from services.review.domain.cases import State, lacking
from services.review.views.times import Moment


class QueueItem(BaseModel):
    """A case in which the caller has a seat. `declared`: they said whether there is a conflict of interest;
    `submitted`: their scores are final."""

    case_id: UUID
    submission_number: str
    credential: str
    state: str
    due_at: Moment
    my_role: str
    declared: bool
    submitted: bool


class OverseenItem(BaseModel):
    """A case as chairs and staff list it. `lacking`: the roles that it still needs."""

    case_id: UUID
    application_id: UUID
    submission_number: str
    credential: str
    version: int
    state: str
    opened_at: Moment
    due_at: Moment
    my_role: str
    lacking: list[str]


def queue_item(row: asyncpg.Record) -> QueueItem:
    """A row of `store.lists.queue`."""
    return QueueItem(
        case_id=row["case_id"],
        submission_number=row["submission_number"],
        credential=row["credential"],
        state=row["state"],
        due_at=row["due_at"],
        my_role=row["role"],
        declared=row["seat_state"] != seats.SeatState.ASSIGNED,
        submitted=row["seat_state"] == seats.SeatState.SUBMITTED,
    )


def overseen_item(row: asyncpg.Record) -> OverseenItem:
    """A row of `store.lists.overseen`."""
    return OverseenItem(
        case_id=row["case_id"],
        application_id=row["application_id"],
        submission_number=row["submission_number"],
        credential=row["credential"],
        version=row["credential_version"],
        state=row["state"],
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        my_role=seats.CHAIR if row["chairs"] else access.STAFF,
        lacking=lacking(State(row["state"]), row["sitting"], row["panel"]),
    )
