"""Hostile requests, made from the services' own descriptions: each unexpected value in each place that takes a
value."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

FAR = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-01-01T00:00:00",
    "-4713-01-01T00:00:00Z",
    "2026-13-45T99:99:99Z",
)
TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "a\r\nSet-Cookie: a=b",
    "\ud800",
    "a\udfffb",
    "\u202egnp.exe",
    "\u2028",
    "\ufeff",
    "ſ",
    "علی‌رضا",
    "👩‍👩‍👧‍👦",
    "é" * 5_000,
    "x" * 70_000,
    "' OR 1=1; --",
    "%00",
    "%",
    "../../../etc/passwd",
    "/etc/localtime",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "9" * 5_000,
    "1e400",
    "-1",
    "NaN",
    "null",
    "true",
    *FAR,
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    -(2**63) - 1,
    2**200,
    0.1,
    20.0000001,
    1e308,
    float("nan"),
    float("inf"),
    [],
    {},
    [None],
    [[]],
    {"": None},
    {"\x00": "\x00"},
    {"\ud800": {}},
    {"x" * 70_000: 1},
    ["x"] * 3_000,
    {str(n): n for n in range(3_000)},
    *TEXTS,
)
BODIES = (
    b"",
    b"null",
    b"[]",
    b'""',
    b"{",
    b"\xff\xfe",
    b"[" * 50_000,
    b'{"a":' * 20_000,
    b"{}" * 2,
    "é".encode("latin-1"),
    b"\x00",
    b"1" * 6_000,
)
CONTENT_TYPES = (
    b"",
    b"\xe9",
    b"multipart/form-data",
    b"multipart/form-data; boundary=",
    b"multipart/form-data; boundary=x; charset=foo",
    b"application/x-www-form-urlencoded; charset=unicode_escape",
    b"application/json; charset=utf-16",
    b"application/xml",
)
HEADERS: tuple[tuple[str, bytes], ...] = (
    *(("Idempotency-Key", value) for value in (b"", b"x" * 300, b"\xe9\x00"[:1], b"\xff" * 40, b"a b", b"'")),
    *(
        ("Stripe-Signature", value)
        for value in (b"", b"t=1,v1=\xe9", b"t=\xe9", b"t=" + b"9" * 400 + b",v1=a", b"t=1", b"v1=", b"t=,v1=,v0=")
    ),
    *(
        ("Traceparent", value)
        for value in (b"", b"\xe9" * 55, b"00-" + b"\xe9" * 32 + b"-" + b"1" * 16 + b"-01", b"x" * 5_000)
    ),
    *(
        ("X-Correlation-ID", value)
        for value in (b"", b"\xe9", b"x" * 5_000, b"{00000000-0000-0000-0000-000000000000}", b"0" * 32)
    ),
    *(
        ("Accept", value)
        for value in (b"", b"\xe9", b"text/html;q=\xe9", b"*/*;q=1e999, text/html;q=nan", b"a/b;" * 3_000, b",,,;;;===")
    ),
    *(("If-None-Match", value) for value in (b"", b"\xe9", b'"', b"*", b"W/" * 3_000)),
    *(("If-Match", value) for value in (b"\xe9", b"*")),
    *(("Range", value) for value in (b"bytes=-1", b"bytes=9-1", b"\xe9")),
    *(
        ("Authorization", value)
        for value in (b"", b"\xe9", b"Bearer \xe9.\xe9.\xe9", b"Bearer a.b.c", b"Bearer " + b"x" * 9_000, b"Basic \xff")
    ),
    *(
        ("Cookie", value)
        for value in (
            b"\xe9",
            b"microcred_session=\xe9.\xe9.\xe9",
            b"microcred_session",
            b"=;=;=",
            b"microcred_session=a.b.c",
        )
    ),
    *(
        ("Content-Type", value)
        for value in (
            b"",
            b"\xe9",
            b"multipart/form-data",
            b"multipart/form-data; boundary=",
            b"multipart/form-data; boundary=x; charset=foo",
        )
    ),
    *(
        ("Content-Type", value)
        for value in (
            b"application/x-www-form-urlencoded; charset=unicode_escape",
            b"application/json; charset=utf-16",
            b"application/xml",
        )
    ),
    *(("Accept-Language", value) for value in (b"\xe9", b"x" * 5_000, b"en;q=\xe9,,;q=")),
    *(("Origin", value) for value in (b"\xe9", b"null", b"http://[", b"//")),
    *(("Sec-Fetch-Site", value) for value in (b"\xe9", b"")),
    *(("Host", value) for value in (b"", b"\xe9", b"[", b"evil.example", b"127.0.0.1:99999999")),
    *(("X-Forwarded-For", value) for value in (b"\xe9", b"not an address", b"::1, 1.2.3.4", b"," * 3_000)),
    *(("X-Forwarded-Proto", value) for value in (b"\xe9", b"gopher")),
)


NOTHING = "nothing is strange"


@dataclass(frozen=True)
class Hostile:
    """One request; `operation` is its method and path as described, `why` says what is strange about it."""

    operation: str
    why: str
    method: str
    path: str
    headers: Mapping[str, bytes] = field(default_factory=dict)
    content: bytes | None = None


class Description:
    """A service's `/openapi.json`, and what its routes take.

    `known`: a value that exists, for each name of a part of a path. `bodies`: what is taken, by operation, where the
    schema does not tell.
    """

    def __init__(
        self, described: dict[str, Any], known: Mapping[str, str], bodies: Mapping[str, Any] | None = None
    ) -> None:
        self._described = described
        self._known = known
        self._bodies = bodies or {}

    def requests(self) -> Iterator[Hostile]:
        """Every hostile request to every operation."""
        for path, operations in self._described["paths"].items():
            for method, operation in operations.items():
                yield from self._operation(method.upper(), path, operation)

    def _operation(self, method: str, path: str, operation: dict[str, Any]) -> Iterator[Hostile]:
        parameters = operation.get("parameters", [])
        good = {one["name"]: self._known[one["name"]] for one in parameters if one["in"] == "path"}
        content = operation.get("requestBody", {}).get("content", {})
        what = f"{method} {path}"
        sample = None
        if "application/json" in content:
            sample = self._bodies[what] if what in self._bodies else self.sample(content["application/json"]["schema"])
        body, json_type = (None, {}) if sample is None else (_json(sample), {"Content-Type": b"application/json"})
        place = _filled(path, good)
        if needed := [one["name"] for one in parameters if one["in"] == "query" and one.get("required")]:
            place += "?" + "&".join(f"{name}={quote(self._known[name])}" for name in needed)
        if content.keys() != {"multipart/form-data"}:
            yield Hostile(what, NOTHING, method, place, json_type, body)
        for name in good:
            for text in TEXTS:
                yield Hostile(
                    what, f"path {name}={text[:40]!r}", method, _filled(path, {**good, name: text}), json_type, body
                )
        for one in parameters:
            if one["in"] == "query":
                for query in _queries(one["name"]):
                    yield Hostile(
                        what, f"query {query[:60]}", method, f"{_filled(path, good)}?{query}", json_type, body
                    )
        for name, value in HEADERS:
            yield Hostile(what, f"header {name}: {value[:40]!r}", method, place, {**json_type, name: value}, body)
        if sample is not None:
            for raw in BODIES:
                yield Hostile(what, f"body {raw[:20]!r}", method, place, json_type, raw)
            for why, changed in _changed(sample, "body"):
                yield Hostile(what, why, method, place, json_type, _json(changed))
        if "multipart/form-data" in content:
            for why, raw in _forms(content["multipart/form-data"]["schema"].get("properties", {"file": {}})):
                yield Hostile(what, why, method, place, {"Content-Type": b"multipart/form-data; boundary=bound"}, raw)

    def sample(self, schema: Mapping[str, Any]) -> Any:
        """Something that fits a schema."""
        if "$ref" in schema:
            return self.sample(self._described["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self.sample(next((one for one in schema[several] if one.get("type") != "null"), {}))
        if "enum" in schema or "const" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        match schema.get("type"):
            case "object":
                found = {name: self.sample(one) for name, one in schema.get("properties", {}).items()}
                more = schema.get("additionalProperties")
                return found | ({"roles": self.sample(more)} if isinstance(more, dict) else {})
            case "array":
                return [self.sample(schema.get("items", {}))]
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
            case _:
                return {"uuid": str(uuid4()), "uri": "https://example.org/", "email": "somebody@example.org"}.get(
                    schema.get("format", ""), "essay"
                )


def _filled(path: str, parts: Mapping[str, str]) -> str:
    for name, value in parts.items():
        path = path.replace(f"{{{name}}}", quote(value.encode("utf-8", "surrogatepass"), safe=""))
    return path


def _queries(name: str) -> Iterator[str]:
    for text in TEXTS:
        yield f"{name}={quote(text.encode('utf-8', 'surrogatepass'), safe='')[:20_000]}"
    yield f"{name}=%ff%fe"
    yield "&".join([f"{name}=a"] * 200)
    strange = [
        ["0001-01-01T00:00:00+14:00", str(uuid4())],
        ["9999-12-31T23:59:59-14:00", str(uuid4())],
        ["a\x00b"],
        ["\ud800"],
        ["\ud800", "x"],
    ]
    strange += (
        [[text, str(uuid4())] for text in TEXTS]
        + [["2026-01-01T00:00:00+00:00", text] for text in TEXTS]
        + [[text] for text in TEXTS]
    )
    for values in [*strange, [], [None], [1, 2], {"a": 1}, "a", 7, [["a"]], ["9" * 5_000]]:
        yield f"{name}={_cursor(json.dumps(values).encode())[:30_000]}"
    for raw in (b"\xff", b"[" * 9_000, b'["a", "b"'):
        yield f"{name}={_cursor(raw)}"


def _cursor(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _changed(sample: Any, place: str) -> Iterator[tuple[str, Any]]:
    """The sample with each strange value at each place, and with a field more."""
    for value in VALUES:
        yield f"{place}={repr(value)[:40]}", value
    if isinstance(sample, dict):
        for name, part in sample.items():
            for why, changed in _changed(part, f"{place}.{name}"):
                yield why, {**sample, name: changed}
            yield f"{place} without {name}", {key: value for key, value in sample.items() if key != name}
        for name in TEXTS:
            yield f"{place}[{name[:20]!r}]", {**sample, name: next(iter(sample.values()), 1)}
    if isinstance(sample, list) and sample:
        for why, changed in _changed(sample[0], f"{place}[0]"):
            yield why, [changed]
        yield f"{place} many times", sample * 5_000


def _forms(fields: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Multipart bodies (boundary `bound`) of these fields."""
    good = _part(b'name="file"; filename="a.txt"', b"Hello.")
    end = b"--bound--\r\n"
    for name in fields:
        for text in TEXTS:
            raw = text.encode("utf-8", "surrogatepass")
            yield f"form {name}={text[:40]!r}", good + _part(b'name="%s"' % name.encode(), raw) + end
            clean = raw.replace(b"\r", b"").replace(b"\n", b"")
            yield (
                f"form file {name} named {text[:40]!r}",
                _part(b'name="%s"; filename="%s"' % (name.encode(), clean), b"Hello.", clean) + end,
            )
    for raw in (
        b"",
        b"--bound",
        end,
        b"--bound\r\n\r\n",
        good,
        good * 3 + end,
        b"--bound\r\n" + b"X: y\r\n" * 5_000,
        b"\xff" * 99,
    ):
        yield f"form {raw[:30]!r}", raw
    yield "form with many fields", b"".join(_part(b'name="f%d"' % n, b"x") for n in range(1_500)) + end
    yield "form field without a name", b"--bound\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + end


def _part(disposition: bytes, content: bytes, kind: bytes = b"text/plain") -> bytes:
    return b"--bound\r\nContent-Disposition: form-data; %s\r\nContent-Type: %s\r\n\r\n%s\r\n" % (
        disposition,
        kind,
        content,
    )


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
