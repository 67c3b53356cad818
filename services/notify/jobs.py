"""The job that sends mails: it claims mails that are due, offers them to the relay and keeps the answers. No
transaction is open while the relay is asked."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from jinja2 import TemplateError

from chassis.database.pool import Database
from chassis.jobs import Job
from contracts import pages
from services.notify import usecases
from services.notify.clients import MailRelay, Message, TokenBox, Unreadable, message_id
from services.notify.domain import links, mails
from services.notify.domain.mails import Deferred, DeliveryResult, Mail, Refused
from services.notify.rendering import NoTemplate, Renderer
from services.notify.store import Claimed

LAST_WORDS = 3.0
"""Seconds that mails in the middle of being sent have when the service ends."""

_PAGE_OF_LINK: Mapping[str, Callable[[str], str]] = {"sign_in": pages.sign_in, "letter": pages.letter}
"""The page to which the link in a mail leads, by the mail's template."""

log = structlog.get_logger(__name__)


class Postman:
    """Sends mails. `domain` is the sender's domain, for Message-IDs.

    If the database is away, the relay's answers are kept here and written before anything else is sent.
    """

    def __init__(
        self, relay: MailRelay, renderer: Renderer, tokens: TokenBox, domain: str, organization: str = ""
    ) -> None:
        self._relay = relay
        self._renderer = renderer
        self._tokens = tokens
        self._domain = domain
        self._organization = organization
        self._unanswered: dict[tuple[UUID, UUID], tuple[Mail, DeliveryResult]] = {}

    async def send_mails(self, database: Database) -> None:
        """Send all mails that are due. It ends early if the relay is away. If a shutdown interrupts it, it finishes the
        mails that are being sent."""
        going_on = True
        while going_on:
            await self.answer(database)
            claimed = await database.write(usecases.claim)
            waiting = self._prepare_all(claimed, database.clock())
            sending = asyncio.create_task(self._relay.deliver(waiting, self._tried))
            try:
                reached = await asyncio.shield(sending)
            except asyncio.CancelledError:
                waiting.clear()
                await asyncio.wait([sending], timeout=LAST_WORDS)
                await self.answer(database)
                raise
            going_on = reached and len(claimed) == usecases.MOST_AT_ONCE
        await self.answer(database)

    async def answer(self, database: Database) -> None:
        """Write the results of the mails that were offered. Raises the database's errors, and then keeps the results
        for the next time."""
        if not self._unanswered:
            return
        outcomes = dict(self._unanswered)
        await database.write(lambda tx: usecases.answer(tx, list(outcomes.values())))
        for mail in outcomes:
            del self._unanswered[mail]

    def _prepare_all(self, claimed: Sequence[Claimed], now: datetime) -> deque[Message]:
        messages: deque[Message] = deque()
        for one in claimed:
            hindrance = mails.before_sending(
                one.mail, now, complete=one.complete, erased=one.erased, role_lost=one.role_lost
            )
            prepared = self._prepare(one) if hindrance is None else hindrance
            if isinstance(prepared, Message):
                messages.append(prepared)
            else:
                self._tried(one.mail, prepared)
        return messages

    def _prepare(self, one: Claimed) -> Message | DeliveryResult:
        if not one.email:
            return Refused("no_address")
        try:
            facts = self._facts(one)
            rendered = self._renderer.render(one.mail.template, one.language, one.time_zone, facts)
            calendar = self._renderer.attach(facts, one.mail.created_at)
        except NoTemplate as error:
            log.error("mail without a template", error=str(error), event_id=str(one.mail.event_id))
            return Refused("no_template")
        except Unreadable as error:
            log.error("link cannot be mailed", error=str(error), event_id=str(one.mail.event_id))
            return Refused("unreadable")
        except (TemplateError, KeyError, TypeError, ValueError) as error:
            # No traceback: its variables hold the link.
            log.error(
                "template fails; the mail waits for a build that repairs it",
                template=one.mail.template,
                error=f"{type(error).__name__}: {error}",
            )
            return Deferred(f"template: {type(error).__name__}")
        identity = message_id(one.identity, one.mail.person_id, self._domain)
        return Message(one.mail, one.email, identity, rendered.subject, rendered.text, rendered.html, calendar)

    def _facts(self, one: Claimed) -> Mapping[str, Any]:
        facts: dict[str, Any] = {**one.facts, "name": one.name}
        if one.sealed is not None:
            # A purpose that this build does not know has no template either.
            page = _PAGE_OF_LINK.get(one.mail.template, pages.sign_in)
            facts["path"] = page(self._tokens.open(one.sealed))
        if one.mail.template == "letter":
            facts["asker"] = one.asker
        if one.mail.template == "badge_issued":
            facts["linkedin"] = links.linkedin(
                facts["credential"], self._organization, facts["link"], facts["badge_id"], facts["year"], facts["month"]
            )
        return facts

    def _tried(self, mail: Mail, outcome: DeliveryResult) -> None:
        self._unanswered[mail.event_id, mail.person_id] = (mail, outcome)


def jobs(postman: Postman) -> list[Job]:
    """The jobs of the service."""
    return [Job(usecases.SEND_MAILS, timedelta(seconds=2), postman.send_mails, alone=False)]
