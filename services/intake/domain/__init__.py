"""All rules of `intake`: no clock, no ids, no I/O. `states` holds the table that is the only road between states."""

from services.intake.domain.states import COMMANDS, FACTS, LIVE, TRANSITIONS, Action, State

__all__ = ["COMMANDS", "FACTS", "LIVE", "TRANSITIONS", "Action", "State"]
