"""Things that belong to one path of a credential."""

from contracts.catalog import Requirement
from contracts.refusals import Text, WrongState
from services.intake.domain.applications import Application


def check(application: Application, requirement: Requirement) -> None:
    """Refuses a thing of a path that the application did not choose."""
    if requirement.path is not None and requirement.path != application.path:
        chosen = Text("this application chose %(path)r", path=application.path)
        raise WrongState(
            Text(
                "%(name)s belongs to the path %(path)r; %(what)s.",
                name=requirement.name,
                path=requirement.path,
                what=chosen if application.path else Text("choose a path first"),
            ),
            type="path_not_open",
        )
