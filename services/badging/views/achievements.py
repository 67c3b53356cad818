"""An achievement, for everybody: what a badge of it stands for."""

from contracts.catalog import CredentialDefinition, Group, Level
from services.badging.views.documents import View


class Achievement(View):
    """One version of an achievement. `groups` and `levels` (the worst one first) are the program's."""

    slug: str
    version: int
    state: str
    name: str
    description: str
    criteria: str
    groups: tuple[Group, ...]
    levels: tuple[Level, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of items in each group, from which its picture is drawn."""
        return tuple(len(group.items) for group in self.groups if group.items)


def achievement(definition: CredentialDefinition) -> Achievement:
    """The achievement of a definition."""
    description = definition.summary or definition.name
    return Achievement(
        slug=definition.slug,
        version=definition.version,
        state=definition.state,
        name=definition.name,
        description=description,
        criteria=definition.criteria or description,
        groups=definition.groups,
        levels=definition.rubric.levels,
    )
