"""Requirements that are open again after the submission."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Reopened:
    """These requirements may be handed in anew until a time. `reason` is the staff's, for the applicant."""

    reopening_id: UUID
    requirements: tuple[str, ...]
    reason: str
    until: datetime
