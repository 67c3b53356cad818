"""A mail as Mailpit describes it (https://mailpit.axllent.org/docs/api-v1/). Never raises on a malformed one."""

import hashlib
import re
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any, NamedTuple

Json = dict[str, Any]

SNIPPET_LENGTH = 250
_ADDRESS_FIELDS = {"To": "to", "Cc": "cc", "Bcc": "bcc", "ReplyTo": "reply-to"}


class Attachment(NamedTuple):
    part_id: str
    name: str
    media_type: str
    content_id: str
    inline: bool
    content: bytes

    def described(self) -> Json:
        digests = {"MD5": hashlib.md5, "SHA1": hashlib.sha1, "SHA256": hashlib.sha256}
        return {
            "PartID": self.part_id,
            "FileName": self.name,
            "ContentType": self.media_type,
            "ContentID": self.content_id,
            "Size": len(self.content),
            "Checksums": {
                name: digest(self.content, usedforsecurity=False).hexdigest() for name, digest in digests.items()
            },
        }


class Mail(NamedTuple):
    """`people` has Mailpit's From, To, Cc, Bcc and ReplyTo. `date` is None if the mail has no readable date."""

    message_id: str
    subject: str
    people: Json
    date: datetime | None
    text: str
    html: str
    attachments: list[Attachment]
    headers: dict[str, list[str]]

    @property
    def snippet(self) -> str:
        return " ".join(self.text.split())[:SNIPPET_LENGTH]


def parse(raw: bytes) -> Mail:
    message = BytesParser(policy=compat32).parsebytes(raw)
    texts, pages, attachments = _parts(message)
    html = "".join(pages)
    people: Json = {"From": next(iter(_people(message, "from")), {"Name": "", "Address": ""})}
    return Mail(
        message_id=_decoded(message, "message-id").strip().strip("<>"),
        subject=_decoded(message, "subject"),
        people=people | {name: _people(message, header) for name, header in _ADDRESS_FIELDS.items()},
        date=_date(message),
        text="\n".join(texts) if texts else _text_of(html),
        html=html,
        attachments=attachments,
        headers=_headers(message),
    )


def unsubscribing(headers: dict[str, list[str]]) -> Json:
    """Mailpit's `ListUnsubscribe`: the header, its links, and what is wrong with it."""
    header = next(iter(headers.get("List-Unsubscribe", [])), "")
    links = re.findall(r"<\s*((?:https?|mailto):[^>\s]+)\s*>", header)
    post = next(iter(headers.get("List-Unsubscribe-Post", [])), "")
    return {
        "Header": header,
        "Links": links,
        "Errors": "" if links or not header else "no link in angle brackets",
        "HeaderPost": post,
    }


def _parts(message: Message) -> tuple[list[str], list[str], list[Attachment]]:
    texts: list[str] = []
    pages: list[str] = []
    attachments: list[Attachment] = []
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        media_type, disposition = part.get_content_type(), part.get_content_disposition()
        name = (
            str(part.get_filename() or "") if disposition or "name" in str(part.get("content-type", "")).lower() else ""
        )
        content_id = str(part.get("content-id", "")).strip("<> ")
        if disposition != "attachment" and not name and media_type in ("text/plain", "text/html"):
            (texts if media_type == "text/plain" else pages).append(_text(content, part.get_content_charset("utf-8")))
        else:
            inline = disposition == "inline" or (disposition is None and bool(content_id))
            attachments.append(Attachment(str(number), name or content_id, media_type, content_id, inline, content))
    return texts, pages, attachments


def _text(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _values(message: Message, name: str) -> list[str]:
    """The values of a header, unfolded. Characters beyond ASCII are UTF-8 (RFC 6532), which the parser leaves as
    bytes."""
    return [_unfolded(value) for found, value in message.raw_items() if found.lower() == name]


def _unfolded(value: object) -> str:
    return " ".join(str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace").split())


def _decoded(message: Message, name: str) -> str:
    value = next(iter(_values(message, name)), "")
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError):
        return value


def _people(message: Message, name: str) -> list[Json]:
    found = getaddresses(_values(message, name))
    return [{"Name": _name(person), "Address": address} for person, address in found if address]


def _name(encoded: str) -> str:
    try:
        return str(make_header(decode_header(encoded)))
    except (LookupError, ValueError):
        return encoded


def _date(message: Message) -> datetime | None:
    try:
        date = parsedate_to_datetime(str(message.get("date", "")))
    except (ValueError, IndexError, TypeError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _headers(message: Message) -> dict[str, list[str]]:
    """The headers in alphabetical order: names as Go writes them (`Message-Id`), values unfolded and not decoded."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        canonical = "-".join(piece.capitalize() for piece in name.split("-"))
        found.setdefault(canonical, []).append(_unfolded(value))
    return dict(sorted(found.items()))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("style", "script", "title")
        if tag in ("p", "br", "div", "tr", "li", "h1", "h2", "h3"):
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in ("style", "script", "title")))

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _text_of(html: str) -> str:
    """The text of a mail without a text part, derived from its HTML as Mailpit does."""
    parser = _Words()
    parser.feed(html)
    parser.close()
    return "\n".join(line for line in (" ".join(line.split()) for line in "".join(parser.words).splitlines()) if line)
