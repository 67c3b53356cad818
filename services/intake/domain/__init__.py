"""All rules of `intake`: no clock, no ids, no input or output. `states` holds the table of transitions."""

from services.intake.domain.states import COMMANDS, FACTS, LIVE, TRANSITIONS, Action, State

__all__ = ["COMMANDS", "FACTS", "LIVE", "TRANSITIONS", "Action", "State"]
