"""Every Kafka topic of the system, declared once: who says it, who hears it, its key, its partitions, and how long it
is kept.

Topics are made from here before services start; Kafka's automatic creation is off. The number of partitions of a keyed
topic never changes: otherwise later records of a key would go to another partition and lose their order.

Order: a writer locks the row that owns the *key* while it adds outbox rows. So the records of one key stand on a topic
in the order of their commits. Between topics there is no order.
"""

from dataclasses import dataclass
from datetime import timedelta

SERVICES = ("intake", "payments", "review", "badging", "notify")
CONSUMERS = (*SERVICES, "ops")
"""The names of consumer groups. A service and its consumer have the same name."""

NINETY_DAYS = timedelta(days=90)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `keep=None` keeps records for ever; `compacted` topics keep the newest record of each key."""

    name: str
    producers: tuple[str, ...]
    key: str
    partitions: int = 4
    keep: timedelta | None = None
    compacted: bool = False
    personal: bool = False

    @property
    def settings(self) -> dict[str, str]:
        """Kafka's settings of the topic (kafka.apache.org, topic configs)."""
        if not self.compacted:
            return {
                "cleanup.policy": "delete",
                "retention.ms": _milliseconds(self.keep),
                "max.message.bytes": "1048576",
            }
        settings = {
            "cleanup.policy": "compact",
            "max.message.bytes": "1048576",
            "delete.retention.ms": _milliseconds(NINETY_DAYS),
        }
        if self.personal:
            hour = _milliseconds(timedelta(hours=1))
            settings |= {"max.compaction.lag.ms": hour, "segment.ms": hour}
        return settings


def _milliseconds(span: timedelta | None) -> str:
    return "-1" if span is None else str(int(span.total_seconds() * 1000))


INTAKE_APPLICATIONS = Topic("intake.applications", ("intake",), "application_id")
INTAKE_PEOPLE = Topic("intake.people", ("intake",), "person_id", compacted=True, personal=True)
INTAKE_CATALOG = Topic("intake.catalog", ("intake",), "slug and version", partitions=1, compacted=True)
# By cohort and not by application: when one leaves, another one moves up, and the order of places is what counts. So
# only the cohort's row is locked, and never the applications of two people.
INTAKE_COHORTS = Topic("intake.cohorts", ("intake",), "cohort_id")
INTAKE_LINKS = Topic("intake.links", ("intake",), "person_id", keep=timedelta(days=7))
PAYMENTS_FEES = Topic("payments.fees", ("payments",), "application_id")
REVIEW_CASES = Topic("review.cases", ("review",), "application_id")
BADGING_BADGES = Topic("badging.badges", ("badging",), "person_id")
NOTIFY_DELIVERIES = Topic("notify.deliveries", ("notify",), "application_id, else person_id", keep=NINETY_DAYS)
OPS_REDRIVES = Topic("ops.redrives", ("ops",), "the letter's own key", partitions=1, keep=NINETY_DAYS)
OPS_PULSES = Topic("ops.pulses", CONSUMERS, "the service", partitions=1, keep=DAY)
DEAD_LETTERS = {
    name: Topic(f"dlq.{name}", (name,), "the letter's own key", partitions=1, keep=NINETY_DAYS) for name in CONSUMERS
}

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        INTAKE_APPLICATIONS,
        INTAKE_PEOPLE,
        INTAKE_CATALOG,
        INTAKE_COHORTS,
        INTAKE_LINKS,
        PAYMENTS_FEES,
        REVIEW_CASES,
        BADGING_BADGES,
        NOTIFY_DELIVERIES,
        OPS_REDRIVES,
        OPS_PULSES,
        *DEAD_LETTERS.values(),
    )
}

OBJECT_READERS: dict[str, tuple[str, ...]] = {
    "intake": ("intake", "review"),
    "review": ("review", "intake", "notify"),
    "badging": ("badging",),
}
"""Who may read the objects under a writing service's prefix in the object store. Only that service writes them."""
