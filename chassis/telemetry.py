"""Logs, metrics and traces. Every log line and message of one story has its correlation id. W3C trace context is passed
on with every hop."""

import logging
import os
import random
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge, Histogram

correlation: ContextVar[UUID | None] = ContextVar("correlation", default=None)
trace: ContextVar[str | None] = ContextVar("trace", default=None)

RECORDS = Counter("microcred_records_total", "Records by their outcome", ["consumer", "topic", "outcome"])
BATCH_SECONDS = Histogram("microcred_batch_seconds", "From the arrival of a batch to its commit", ["consumer"])
HOP_SECONDS = Histogram(
    "microcred_hop_seconds",
    "From the commit of an event in its producer to the commit of its effect here",
    ["consumer", "topic"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120),
)


@lru_cache(maxsize=1024)
def counted(consumer: str, topic: str, outcome: str) -> Counter:
    """One counter of RECORDS, cached, because finding it by its labels costs more than counting."""
    return RECORDS.labels(consumer, topic, outcome)


@lru_cache(maxsize=256)
def hop_seconds(consumer: str, topic: str) -> Histogram:
    """One histogram of HOP_SECONDS."""
    return HOP_SECONDS.labels(consumer, topic)


RELAYED = Counter("microcred_outbox_relayed_total", "Outbox rows that Kafka acknowledged", ["service"])
OUTBOX_AGE = Gauge("microcred_outbox_oldest_seconds", "Age of the oldest row that the relay has not sent", ["service"])
CONSUMER_STOPPED = Gauge("microcred_consumer_stopped", "1 while the consumer has stopped itself", ["consumer"])
HTTP_SECONDS = Histogram("microcred_http_seconds", "HTTP requests", ["service", "method", "route", "status"])
JOB_SECONDS = Histogram("microcred_job_seconds", "Runs of jobs", ["service", "job", "outcome"])
OBJECTS_UNREADABLE = Counter(
    "microcred_objects_unreadable_total", "Texts and files that could not be shown, by why", ["service", "why"]
)


def set_up_logs(service: str, level: str, as_json: bool) -> None:
    """Structured logs on standard error, also for the loggers of the standard library."""

    def add_context(_: object, __: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
        entry["service"] = service
        if (current := correlation.get()) is not None:
            entry["correlation_id"] = str(current)
        if (traceparent := trace.get()) is not None:
            entry["trace_id"] = traceparent[3:35]
        return entry

    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_context,
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("aiokafka", "httpx", "httpcore", "stripe", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def new_traceparent(parent: str | None = None) -> str:
    """A W3C `traceparent` (w3.org/TR/trace-context, section 3.2): the parent's trace with a new span, or a new trace.

    A malformed parent, which anybody may send, is ignored, because it would go into the headers of our messages.
    """
    trace_id = parent[3:35] if parent and _TRACEPARENT.fullmatch(parent) else f"{random.getrandbits(128) or 1:032x}"
    return f"00-{trace_id}-{random.getrandbits(64) or 1:016x}-01"


def current_traceparent() -> str | None:
    """The trace context for an outgoing message."""
    return trace.get()


_tracer: list[Any] = []


def set_up_traces(service: str) -> None:
    """Export spans by OTLP over HTTP to OTEL_EXPORTER_OTLP_ENDPOINT. Without that variable trace ids still go over
    every hop and into the logs."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(
        resource=Resource.create({"service.name": f"microcred-{service}", "service.version": build_id()})
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer[:] = [provider.get_tracer("microcred")]


@contextmanager
def hop(name: str, story: UUID, parent: str | None, kind: str) -> Iterator[None]:
    """One hop of a story. Inside, logs and outgoing messages have its correlation id and a span of the parent's trace.
    `kind`: server, consumer."""
    marks = correlation.set(story), trace.set(None)
    try:
        if not _tracer:
            trace.set(new_traceparent(parent))
            yield
            return
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        context = TraceContextTextMapPropagator().extract({"traceparent": parent} if parent else {})
        attributes = {"microcred.correlation_id": str(story)}
        with _tracer[0].start_as_current_span(name, context, SpanKind[kind.upper()], attributes) as span:
            seen = span.get_span_context()
            trace.set(f"00-{seen.trace_id:032x}-{seen.span_id:016x}-{seen.trace_flags:02x}")
            yield
    finally:
        correlation.reset(marks[0])
        trace.reset(marks[1])


@cache
def build_id() -> str:
    """The name of this build: MICROCRED_BUILD, set when an image is made; `dev` in a checkout."""
    return os.environ.get("MICROCRED_BUILD", "dev")
