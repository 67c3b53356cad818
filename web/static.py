"""The files that pages need: style sheet, fonts, icons, scripts. Each address has a hash of the content, so a browser
fetches a file once and keeps it for a year."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.http.refusals import NO_SUCH_THING
from contracts.refusals import NotThere

PREFIX = "/static/"
FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
_PACKED = frozenset({".css", ".js", ".svg"})
_URL = re.compile(r"url\((fonts/[^)]+)\)")


@dataclass(frozen=True, slots=True)
class File:
    """A file to serve. `packed`: its bytes in gzip, if that makes it smaller."""

    address: str
    media_type: str
    content: bytes
    packed: bytes | None


@lru_cache(maxsize=1)
def files() -> Mapping[str, File]:
    """Every file, by its name below `static/`; htmx comes from its package."""
    found = {
        str(path.relative_to(FOLDER)): _file(path.relative_to(FOLDER), path.read_bytes())
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in _TYPES
    }
    htmx = resources.files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js"
    found["htmx.js"] = _file(Path("htmx.js"), htmx.read_bytes())
    sheet = _URL.sub(lambda match: f"url({found[match[1]].address})", found["app.css"].content.decode())
    found["app.css"] = _file(Path("app.css"), sheet.encode())
    return found


def address(name: str) -> str:
    """The address of a file: `/static/app.0123456789ab.css`. Raises KeyError if there is no such file."""
    return files()[name].address


def router() -> APIRouter:
    """The route of GET /static/...; every service has the same files."""
    routes = APIRouter(include_in_schema=False)
    served = {file.address: file for file in files().values()}

    @routes.get(PREFIX + "{name:path}")
    async def static(request: Request, name: str) -> Response:
        """Serve a file. Its address changes with its content."""
        file = served.get(PREFIX + name)
        if file is None:
            raise NotThere(NO_SUCH_THING)
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(file.packed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
        return Response(file.content, media_type=file.media_type, headers=headers)

    return routes


def _file(name: Path, content: bytes) -> File:
    digest = hashlib.sha256(content).hexdigest()[:12]
    address = f"{PREFIX}{name.with_suffix('')}.{digest}{name.suffix}"
    packed = gzip.compress(content, 9, mtime=0) if name.suffix in _PACKED else None
    return File(address, _TYPES[name.suffix], content, packed)
