"""Mailpit's API, as clients read it."""

import hashlib
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import pytest

from tests.component.devstack.running import Mailbox

HTML = "<html><head></head><body><p>Hello <a href='http://127.0.0.1:8001/x'>there</a></p></body></html>"


def letter(to: str, subject: str = "Your badge, Zoë", text: str = "Hello Zoë\n") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "The Prógram <program@example.org>", to, subject
    message["Message-ID"], message["Date"] = "<event-1@example.org>", "Mon, 23 Nov 2026 16:00:00 +0100"
    message["List-Unsubscribe"], message["List-Unsubscribe-Post"] = (
        "<http://127.0.0.1:8005/unsubscribe/t>",
        "List-Unsubscribe=One-Click",
    )
    message.set_content(text)
    message.add_alternative(HTML, subtype="html")
    message.add_attachment(b"not really a PNG", maintype="image", subtype="png", filename="badge.png")
    return message


async def send(mailbox: Mailbox, *messages: EmailMessage) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=mailbox.smtp_port) as smtp:
        for message in messages:
            await smtp.send_message(message)


async def get(mailbox: Mailbox, path: str, **params: Any) -> Any:
    return (await mailbox.http.get(f"/api/v1/{path}", params=params)).json()


async def test_a_message_has_all_that_mailpit_says_of_it(mailbox: Mailbox) -> None:
    await send(mailbox, letter("Zoë Example <zoe@example.org>"))
    found = await get(mailbox, "search", query="to:zoe@example.org")
    summary = found["messages"][0]
    people: dict[str, Any] = {
        "From": {"Name": "The Prógram", "Address": "program@example.org"},
        "To": [{"Name": "Zoë Example", "Address": "zoe@example.org"}],
        "Cc": [],
        "Bcc": [],
        "ReplyTo": [],
    }
    same = {
        "ID": summary["ID"],
        "MessageID": "event-1@example.org",
        "Subject": "Your badge, Zoë",
        "Tags": [],
        "Username": "",
        "Size": summary["Size"],
    }
    assert summary == people | same | {
        "Created": summary["Created"],
        "Read": False,
        "Attachments": 1,
        "Snippet": "Hello Zoë",
    }
    assert found | {"messages": []} == {
        "total": 1,
        "unread": 1,
        "count": 1,
        "messages_count": 1,
        "messages_unread": 1,
        "start": 0,
        "tags": [],
        "messages": [],
    }
    content = b"not really a PNG"
    checksums = {
        "MD5": hashlib.md5(content).hexdigest(),
        "SHA1": hashlib.sha1(content).hexdigest(),
        "SHA256": hashlib.sha256(content).hexdigest(),
    }
    part = {
        "PartID": "4",
        "FileName": "badge.png",
        "ContentType": "image/png",
        "ContentID": "",
        "Size": 16,
        "Checksums": checksums,
    }
    message = await get(mailbox, f"message/{summary['ID']}")
    assert message | {"Text": message["Text"].strip(), "HTML": message["HTML"].strip()} == people | same | {
        "Date": "2026-11-23T15:00:00.000Z",
        "ReturnPath": "program@example.org",
        "Text": "Hello Zoë",
        "HTML": HTML,
        "Inline": [],
        "Attachments": [part],
        "ListUnsubscribe": {
            "Header": "<http://127.0.0.1:8005/unsubscribe/t>",
            "Links": ["http://127.0.0.1:8005/unsubscribe/t"],
            "Errors": "",
            "HeaderPost": "List-Unsubscribe=One-Click",
        },
    }
    headers = await get(mailbox, f"message/{summary['ID']}/headers")
    assert (headers["Message-Id"], headers["List-Unsubscribe-Post"], list(headers)) == (
        ["<event-1@example.org>"],
        ["List-Unsubscribe=One-Click"],
        sorted(headers),
    )
    assert (await mailbox.http.get(f"/api/v1/message/{summary['ID']}/part/4")).content == content
    assert (
        b"Message-ID: <event-1@example.org>" in (await mailbox.http.get(f"/api/v1/message/{summary['ID']}/raw")).content
    )
    after = await get(mailbox, "messages")
    assert (after["unread"], after["messages"][0]["Read"]) == (0, True)


async def test_lists_are_newest_first_and_paged(mailbox: Mailbox) -> None:
    await send(mailbox, *(letter(f"p{number}@example.org", f"mail {number}") for number in range(5)))

    async def listed(path: str, **params: Any) -> list[str]:
        return [each["Subject"] for each in (await get(mailbox, path, **params))["messages"]]

    assert await listed("messages") == [f"mail {number}" for number in (4, 3, 2, 1, 0)]
    assert await listed("messages", start=1, limit=2) == ["mail 3", "mail 2"]
    assert await listed("search", query="subject:mail", start=3, limit=5) == ["mail 1", "mail 0"]
    assert await listed("search", query="to:@example.org", limit=1) == ["mail 4"]
    assert await listed("messages", start="x", limit="y") == await listed("messages")
    assert (await get(mailbox, "search", query="subject:mail", limit=2))["messages_count"] == 5
    assert (await get(mailbox, "message/latest"))["Subject"] == "mail 4"


QUERIES = {
    "to:ann@example.org": ["one"],
    "TO:Ann@Example.org": ["one"],
    "to:@example.org": ["two", "one"],
    "to:ann": ["one"],
    "from:program": ["two", "one"],
    "subject:two": ["two"],
    'subject:"tw"': ["two"],
    "-to:ann@example.org": ["two"],
    "!subject:one subject:o": ["two"],
    "to:@example.org subject:one": ["one"],
    "addressed:bea": ["two"],
    "message-id:event-1": ["two", "one"],
    "unicorn": ["two"],
    '"second unicorn"': ["two"],
    "-unicorn": ["one"],
    "100%": [],
    "_ne": [],
    "is:unread": ["two", "one"],
    "is:read": [],
    "has:attachment": ["two", "one"],
    "cc:ann": [],
}


@pytest.mark.parametrize(("query", "expected"), QUERIES.items(), ids=QUERIES.keys())
async def test_search_speaks_mailpits_language(mailbox: Mailbox, query: str, expected: list[str]) -> None:
    await send(
        mailbox, letter("ann@example.org", "one", "first\n"), letter("bea@example.org", "two", "a second Unicorn\n")
    )
    found = await get(mailbox, "search", query=query)
    assert ([each["Subject"] for each in found["messages"]], found["messages_count"], found["total"]) == (
        expected,
        len(expected),
        2,
    )


async def test_what_cannot_be_answered(mailbox: Mailbox) -> None:
    for path, status in (
        ("search", 400),
        ("search?query=%20", 400),
        ("message/latest", 404),
        ("message/no", 404),
        ("message/no/headers", 404),
        ("message/no/raw", 404),
        ("message/no/part/1", 404),
    ):
        answer = await mailbox.http.get(f"/api/v1/{path}")
        assert (path, answer.status_code, answer.headers["content-type"]) == (path, status, "text/plain; charset=utf-8")


async def test_some_mails_or_all_are_deleted(mailbox: Mailbox) -> None:
    await send(mailbox, *(letter(f"p{number}@example.org", f"mail {number}") for number in range(4)))
    ids = {each["Subject"]: each["ID"] for each in (await get(mailbox, "messages"))["messages"]}
    answer = await mailbox.http.request(
        "DELETE", "/api/v1/messages", json={"IDs": [ids["mail 1"], ids["mail 1"], "no"]}
    )
    assert (answer.status_code, answer.text) == (200, "ok")
    rest = await get(mailbox, "messages")
    assert ([each["Subject"] for each in rest["messages"]], rest["unread"]) == (["mail 3", "mail 2", "mail 0"], 3)
    assert (await mailbox.http.get(f"/api/v1/message/{ids['mail 1']}")).status_code == 404
    assert (await mailbox.http.request("DELETE", "/api/v1/messages", json={"IDs": []})).text == "ok"
    assert (await get(mailbox, "messages"))["total"] == 0
    await send(mailbox, letter("ann@example.org", "after"))
    assert [each["Subject"] for each in (await get(mailbox, "messages"))["messages"]] == ["after"]
    assert (await mailbox.http.delete("/api/v1/messages")).text == "ok"
    assert (await get(mailbox, "messages"))["messages"] == []


async def test_an_html_mail_alone_has_a_text_too(mailbox: Mailbox) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "ann@example.org", "html"
    message.set_content(
        "<html><head><style>p {}</style></head><body><h1>Hello</h1><p>you &amp; me</p></body></html>", subtype="html"
    )
    await send(mailbox, message)
    assert (await get(mailbox, "message/latest"))["Text"] == "Hello\nyou & me"
