"""Mail comes in by SMTP and is kept. Some addresses are refused on purpose."""

import asyncio
from email.message import EmailMessage

import aiosmtplib
import pytest

from tests.component.devstack.running import Mailbox


def mail(to: str, subject: str = "Your link", message_id: str = "<m-1@example.org>") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"], message["Message-ID"] = (
        "Program <program@example.org>",
        to,
        subject,
        message_id,
    )
    message.set_content("Sign in: http://127.0.0.1:8001/sign-in?token=abc\n")
    return message


async def send(mailbox: Mailbox, message: EmailMessage, to: list[str] | None = None) -> None:
    await aiosmtplib.send(message, hostname="127.0.0.1", port=mailbox.smtp_port, recipients=to, timeout=10)


async def subjects(mailbox: Mailbox, query: str) -> list[str]:
    return [
        each["Subject"]
        for each in (await mailbox.http.get("/api/v1/search", params={"query": query})).json()["messages"]
    ]


async def test_a_mail_that_was_taken_survives_a_kill(small_mailbox: Mailbox) -> None:
    await send(small_mailbox, mail("ann@example.org", "kept"))
    before = (await small_mailbox.http.get("/api/v1/messages")).json()
    await small_mailbox.process.restart()
    assert (await small_mailbox.http.get("/api/v1/messages")).json() == before
    assert await subjects(small_mailbox, "to:ann@example.org") == ["kept"]


async def test_only_the_newest_are_kept(small_mailbox: Mailbox) -> None:
    for number in range(5):
        await send(small_mailbox, mail(f"p{number}@example.org", f"mail {number}"))
    listed = (await small_mailbox.http.get("/api/v1/messages")).json()
    assert ([each["Subject"] for each in listed["messages"]], listed["total"], listed["unread"]) == (
        ["mail 4", "mail 3", "mail 2"],
        3,
        3,
    )
    assert await subjects(small_mailbox, "to:p1@example.org") == []
    await small_mailbox.process.restart()
    assert (await small_mailbox.http.get("/api/v1/messages")).json() == listed


async def test_many_connections_at_once_lose_nothing(mailbox: Mailbox) -> None:
    await asyncio.gather(*(send(mailbox, mail(f"p{number}@example.org", f"mail {number}")) for number in range(60)))
    listed = (await mailbox.http.get("/api/v1/messages", params={"limit": 100})).json()
    assert sorted(each["Subject"] for each in listed["messages"]) == sorted(f"mail {number}" for number in range(60))


async def test_one_connection_may_send_many(mailbox: Mailbox) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=mailbox.smtp_port) as smtp:
        for number in range(5):
            await smtp.send_message(mail("ann@example.org", f"mail {number}"))
    assert await subjects(mailbox, "to:ann@example.org") == [f"mail {number}" for number in reversed(range(5))]


async def test_reject_addresses_fail_for_good(mailbox: Mailbox) -> None:
    for _ in range(2):
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await send(mailbox, mail("Reject-ann@example.org"))
        assert [each.code for each in refused.value.recipients] == [550]
    assert (await mailbox.http.get("/api/v1/messages")).json()["total"] == 0


async def test_tempfail_addresses_fail_for_now(mailbox: Mailbox) -> None:
    outcomes: list[int] = []
    for to in ["tempfail-ann@example.org"] * 3 + ["tempfail-2-bea@example.org"] * 3:
        try:
            await send(mailbox, mail(to))
            outcomes.append(250)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            outcomes.append(refused.recipients[0].code)
    assert outcomes == [451, 451, 451, 451, 451, 250]
    assert [len(await subjects(mailbox, f"to:{to}")) for to in ("tempfail-ann", "tempfail-2-bea")] == [0, 1]


async def test_of_several_recipients_only_the_troubled_ones_fail(mailbox: Mailbox) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=mailbox.smtp_port) as smtp:
        refused, _ = await smtp.send_message(
            mail("ann@example.org"), recipients=["ann@example.org", "reject-bea@example.org"]
        )
    assert [(address, response.code) for address, response in refused.items()] == [("reject-bea@example.org", 550)]
    assert await subjects(mailbox, "to:ann@example.org") == ["Your link"]


async def test_hangup_addresses_leave_the_sender_in_doubt_once(mailbox: Mailbox) -> None:
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(mailbox, mail("hangup-ann@example.org"))
    await send(mailbox, mail("hangup-ann@example.org"))
    found = (await mailbox.http.get("/api/v1/search", params={"query": "to:hangup-ann@example.org"})).json()["messages"]
    assert [each["MessageID"] for each in found] == ["m-1@example.org"] * 2


async def test_hidden_recipients_and_a_missing_id_are_written_on_the_mail(mailbox: Mailbox) -> None:
    message = mail("list@example.org")
    del message["Message-ID"]
    await send(mailbox, message, to=["ann@example.org"])
    found = (await mailbox.http.get("/api/v1/search", params={"query": "bcc:ann@example.org"})).json()["messages"]
    assert [(each["To"], each["Bcc"]) for each in found] == [
        ([{"Name": "", "Address": "list@example.org"}], [{"Name": "", "Address": "ann@example.org"}]),
    ]
    assert found[0]["MessageID"].endswith("@mailbox")
    headers = (await mailbox.http.get(f"/api/v1/message/{found[0]['ID']}/headers")).json()
    assert headers["Return-Path"] == ["<program@example.org>"]


async def test_addresses_beyond_ascii_come_by_smtputf8_and_are_found_in_any_spelling(mailbox: Mailbox) -> None:
    raw = "From: p@example.org\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nHello\r\n"
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=mailbox.smtp_port) as smtp:
        await smtp.ehlo()
        assert smtp.supports_extension("smtputf8")
        for to, subject in (
            ("jörg@xn--bcher-kva.example", "one"),
            ("a@xn--strae-oqa.example", "two"),
            ("a@strasse.example", "three"),
        ):
            await smtp.mail("p@example.org", options=["SMTPUTF8"])
            await smtp.rcpt(to, encoding="utf-8")
            await smtp.data(raw.format(to=to, subject=subject).encode())
    for query, expected in (
        ("to:jörg@bücher.example", ["one"]),
        ("to:jörg@xn--bcher-kva.example", ["one"]),
        ("to:JÖRG@BÜCHER.example", ["one"]),
        ("to:jo\u0308rg@bücher.example", ["one"]),
        ('to:jörg subject:"one"', ["one"]),
        ("addressed:bücher.example", ["one"]),
        ("to:a@straße.example", ["two"]),
        ("to:a@strasse.example", ["three"]),
        ("-to:a@straße.example", ["three", "one"]),
        ("to:a@☃.example", []),
    ):
        assert (query, await subjects(mailbox, query)) == (query, expected)
    listed = (await mailbox.http.get("/api/v1/search", params={"query": "to:jörg@bücher.example"})).json()["messages"]
    assert (listed[0]["To"], listed[0]["Bcc"]) == ([{"Name": "", "Address": "jörg@xn--bcher-kva.example"}], [])
    headers = (await mailbox.http.get(f"/api/v1/message/{listed[0]['ID']}/headers")).json()
    assert headers["To"] == ["jörg@xn--bcher-kva.example"]
    assert "jörg@" in (await mailbox.http.get(f"/view/{listed[0]['ID']}")).text


MALFORMED = {
    "bytes that are no text": b"To: ann@example.org\r\nX: \xff\xfe\r\nSubject: \xe9\r\n\r\nx",
    "nothing": b"",
    "no header": b"just a line\r\n",
    "broken encodings": b"From: =?utf-9?b?!!!?= <a@example.org>\r\n"
    b"To: =?utf-8?q?=ff?= <ann@example.org>\r\nSubject: =?x?\r\nDate: never\r\n\r\n\xff\xfe",
    "unknown charset": b"To: ann@example.org\r\nContent-Type: text/plain; charset=klingon\r\n\r\nhello\r\n",
    "half a multipart": b"To: ann@example.org\r\nContent-Type: multipart/mixed;"
    b' boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>x',
    "bad base64": b"To: ann@example.org\r\nContent-Type:"
    b" image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n",
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_mail_is_kept_and_shown(mailbox: Mailbox, raw: bytes) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=mailbox.smtp_port) as smtp:
        await smtp.sendmail("a@example.org", ["ann@example.org"], raw)
    listed = (await mailbox.http.get("/api/v1/search", params={"query": "addressed:ann@example.org"})).json()[
        "messages"
    ]
    assert len(listed) == 1
    for path in (
        f"/api/v1/message/{listed[0]['ID']}",
        f"/api/v1/message/{listed[0]['ID']}/headers",
        f"/view/{listed[0]['ID']}",
        "/",
    ):
        assert (await mailbox.http.get(path)).status_code == 200
