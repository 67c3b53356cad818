"""The mailbox's pages, over HTTP as a browser uses them."""

import re
from email.message import EmailMessage

import aiosmtplib

from tests.component.devstack.running import Mailbox


async def send(mailbox: Mailbox, subject: str, text: str, html: str | None = None, to: str = "ann@example.org") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Program <program@example.org>", to, subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    await aiosmtplib.send(message, hostname="127.0.0.1", port=mailbox.smtp_port)


async def test_an_empty_mailbox_says_so(mailbox: Mailbox) -> None:
    page = await mailbox.http.get("/")
    assert (page.status_code, "No mail has come yet." in page.text, "<table" in page.text) == (200, True, False)


async def test_mails_are_listed_found_and_shown(mailbox: Mailbox) -> None:
    await send(mailbox, "Your link", "Sign in: http://127.0.0.1:8001/sign-in?token=abc&x=1.\n")
    await send(mailbox, "Your badge", "It is here.\n", to="bea@example.org")
    inbox = (await mailbox.http.get("/")).text
    assert re.findall(r'<a href="/view/\w+">([^<]+)</a>', inbox) == ["Your badge", "Your link"]
    found = (await mailbox.http.get("/", params={"query": "to:ann"})).text
    assert re.findall(r'<a href="/view/\w+">([^<]+)</a>', found) == ["Your link"]
    address = re.findall(r'<a href="(/view/\w+)">', found)[0]
    shown = await mailbox.http.get(address)
    assert '<a href="http://127.0.0.1:8001/sign-in?token=abc&amp;x=1" rel="noreferrer">' in shown.text
    assert (shown.text.count("<h1>Your link</h1>"), "<iframe" in shown.text) == (1, False)
    inbox = (await mailbox.http.get("/")).text
    assert re.findall(r'<a href="/view/\w+">([^<]+)</a><span class="hidden"> \(unread\)', inbox) == ["Your badge"]
    none = (await mailbox.http.get("/", params={"query": "to:nobody"})).text
    assert "No mail matches “to:nobody”." in none


async def test_the_list_is_paged(mailbox: Mailbox) -> None:
    for number in range(52):
        await send(mailbox, f"mail {number}", "x\n")
    first = (await mailbox.http.get("/")).text
    older = re.findall(r'<a href="([^"]+)">Older mails</a>', first)[0].replace("&amp;", "&")
    second = (await mailbox.http.get(older)).text
    assert re.findall(r'<a href="/view/\w+">([^<]+)</a>', second) == ["mail 1", "mail 0"]
    assert ("Older mails" in second, "Newer mails" in second) == (False, True)


async def test_a_mails_html_stands_in_a_frame_that_may_only_open_links(mailbox: Mailbox) -> None:
    await send(
        mailbox,
        "html",
        "text\n",
        "<html><head></head><body><script>alert(1)</script><a href='http://127.0.0.1:9/'>go</a></body></html>",
    )
    address = re.findall(r'<a href="(/view/\w+)">', (await mailbox.http.get("/")).text)[0]
    page = (await mailbox.http.get(address)).text
    assert "<script" not in page
    assert re.findall(r'<iframe src="([^"]+)" title="[^"]+" sandbox="([^"]+)"', page) == [
        (f"{address}.html", "allow-popups allow-popups-to-escape-sandbox"),
    ]
    frame = await mailbox.http.get(f"{address}.html")
    assert '<head><base target="_blank">' in frame.text
    policy = frame.headers["content-security-policy"].split("; ")
    assert policy[:2] == ["sandbox allow-popups allow-popups-to-escape-sandbox", "default-src 'none'"]


async def test_nothing_in_a_mail_becomes_markup(mailbox: Mailbox) -> None:
    await send(
        mailbox,
        "<script>alert(1)</script>",
        "<script>alert(2)</script> http://127.0.0.1/<b>\n",
        to='"<script>3</script>" <ann@example.org>',
    )
    inbox = (await mailbox.http.get("/", params={"query": '"<script>"'})).text
    address = re.findall(r'<a href="(/view/\w+)">', inbox)[0]
    for text in (inbox, (await mailbox.http.get(address)).text):
        assert ("<script" in text, "&lt;script&gt;alert(" in text) == (False, True)


async def test_all_mails_are_deleted_by_the_button(mailbox: Mailbox) -> None:
    await send(mailbox, "old", "x\n")
    inbox = (await mailbox.http.get("/")).text
    assert (
        '<form method="post" action="/delete" class="danger"><button type="submit">Delete all mails (1)</button>'
        in inbox
    )
    assert (await mailbox.http.post("/delete")).status_code == 303
    assert "No mail has come yet." in (await mailbox.http.get("/")).text


async def test_an_unknown_mail_and_a_live_mailbox(mailbox: Mailbox) -> None:
    for path in ("/view/no", "/view/no.html"):
        gone = await mailbox.http.get(path)
        assert (gone.status_code, "There is no such mail" in gone.text) == (404, True)
    for path in ("/livez", "/readyz"):
        assert (await mailbox.http.get(path)).status_code == 200
    assert (await mailbox.http.get("/static/mailbox.css")).status_code == 200
