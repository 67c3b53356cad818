"""The trace that a message continues."""

import pytest

from chassis.telemetry import new_traceparent

TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_parent_is_gone_on_with() -> None:
    version, trace, span, flags = new_traceparent(f"00-{TRACE}-b7ad6b7169203331-00").split("-")
    assert (version, trace, len(span), flags) == ("00", TRACE, 16, "01")
    assert span != "b7ad6b7169203331"


@pytest.mark.parametrize(
    "parent",
    [
        None,
        "",
        "\u00e9" * 55,
        "\ufffd" * 55,
        f"00-{TRACE}-b7ad6b7169203331-0\u0661",
        f"00-{TRACE.upper()}-b7ad6b7169203331-01",
        f"ff-{TRACE}-b7ad6b7169203331-01",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-b7ad6b7169203331-01\n",
        f"00-{TRACE}-b7ad6b7169203331-01-more",
    ],
    ids=range(11),
)
def test_what_is_no_parent_begins_a_trace(parent: str | None) -> None:
    version, trace, span, flags = new_traceparent(parent).split("-")
    assert (version, flags) == ("00", "01")
    assert int(trace, 16) > 0 < int(span, 16)
    assert (trace != TRACE, len(trace), len(span)) == (True, 32, 16)
