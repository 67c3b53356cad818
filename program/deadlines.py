"""Checks what the policy says of periods and deadlines, beyond its types: the rules over several fields, each with its
remedy."""

from itertools import combinations
from zoneinfo import available_timezones

from program.checks import suggest
from program.policy import Policy
from program.source import Fault, Source


def check(source: Source, policy: Policy) -> list[Fault]:
    """All faults of a policy whose types are correct."""
    faults: list[Fault] = []
    if policy.time_zone not in available_timezones():
        problem = f"{policy.time_zone!r} is not a time zone"
        faults.append(source.fault(("time_zone",), problem, suggest(policy.time_zone, sorted(available_timezones()))))
    for n, period in enumerate(policy.periods):
        if period.last_day < period.first_day:
            problem = f"{period.last_day} is before the first day, {period.first_day}"
            faults.append(source.fault(("periods", n, "last_day"), problem, "write the first day or a later one"))
    for (_, one), (n, other) in combinations(enumerate(policy.periods), 2):
        if one.key == other.key:
            problem = f"another period has the key {other.key!r}"
            faults.append(source.fault(("periods", n, "key"), problem, "give it a key of its own"))
        if one.first_day <= other.last_day and other.first_day <= one.last_day:
            problem = f"{other.key!r} and {one.key!r} overlap"
            faults.append(source.fault(("periods", n, "first_day"), problem, "let one end before the other begins"))
    return faults
