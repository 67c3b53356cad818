"""Timelines in the database."""

from collections.abc import Sequence

from services.intake.domain.applications import Moment


def timeline_kept(timeline: Sequence[Moment]) -> list[dict[str, str]]:
    """A timeline as JSON."""
    return [{"at": moment.at.isoformat(), "what": moment.what} for moment in timeline]
