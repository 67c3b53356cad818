"""Puts `intake` together. Only this module reads its settings."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from chassis import addresses
from chassis.http import Uploads
from chassis.service import Parts, Service
from chassis.settings import ServiceSettings
from chassis.writing import Writer
from program.loader import load, load_policy
from program.policy import Policy
from services.intake import pages, personal
from services.intake.clients import ProgramFolder, Sealer, Signer
from services.intake.dependencies import Dependencies, check_mailable
from services.intake.domain.terms import Rules
from services.intake.exporting import Exporter
from services.intake.handlers import handlers
from services.intake.jobs import jobs
from services.intake.limiting import LetterLimits, SignInLimits
from services.intake.measuring import Measurer
from services.intake.pages import wording
from services.intake.picturing import Picturer
from services.intake.routes import router
from services.intake.store.catalog import Definitions
from services.intake.usecases import catalog as catalog_usecases
from services.intake.usecases import clock
from services.intake.usecases import people as people_usecases
from services.intake.usecases import periods as periods_usecases
from services.intake.usecases.periods import Said
from web import static
from web.rendering import Pages

log = structlog.get_logger(__name__)


class Settings(ServiceSettings):
    """`session_key_file`: the private JWK that signs sessions.

    `seal_public_key_file`: 32 bytes in base64, the public key of `notify`, which mails links.

    `first_admin_email` becomes an administrator at the first sign-in. Rates are words: `5 per 15 minutes`.
    `letters_per_asker`: how many mails about letters one applicant may cause. `letters_per_referee`: how many of them
    one address may get from all applicants. `mail_smtputf8`: the mail relay of `notify` offers SMTPUTF8, so people may
    sign in with addresses beyond ASCII before the @. `most_upload_bytes` bounds every file; requirements have lower
    limits of their own. `most_application_bytes` bounds everything that one application holds.
    """

    http_port: int = 8001
    session_key_file: Path
    seal_public_key_file: Path
    program_dir: Path = Path(__file__).parents[2] / "program"
    first_admin_email: str = ""
    sign_in_per_address: str = "5 per 15 minutes"
    sign_in_per_client: str = "60 per 15 minutes"
    letters_per_asker: str = "20 per day"
    letters_per_referee: str = "6 per day"
    mail_smtputf8: bool = False
    most_upload_bytes: int = 512 * 1024 * 1024
    most_application_bytes: int = 1024 * 1024 * 1024


def build(settings: Settings, parts: Parts) -> Service:
    """The service with its routes, pages, handlers and jobs. It publishes the catalog when it starts."""
    shown = Pages.of(Path(__file__).parent, settings, flashes=pages.FLASHES)
    exporter = Exporter(parts.objects, shown, {"tag": wording.tag, "moment_of": wording.moment})
    policy = load_policy(settings.program_dir)
    deps = Dependencies(
        objects=parts.objects,
        writer=Writer(parts.objects),
        definitions=Definitions(),
        signer=Signer(settings.session_key_file),
        sealer=Sealer(settings.seal_public_key_file),
        rules=(rules := _rules(policy)),
        program=ProgramFolder(settings.program_dir),
        limits=SignInLimits(
            settings.sign_in_per_address, settings.sign_in_per_client, settings.session_key_file.read_bytes()
        ),
        letter_limits=LetterLimits(
            settings.letters_per_asker, settings.letters_per_referee, settings.session_key_file.read_bytes()
        ),
        measurer=Measurer(parts.objects),
        picturer=Picturer(parts.objects),
        exporter=exporter,
        first_admin_key=_first_admin_key(settings),
        most_application_bytes=settings.most_application_bytes,
        public_url=settings.microcred_public_url,
        secure=settings.microcred_public_url.startswith("https://"),
        mail_smtputf8=settings.mail_smtputf8,
    )

    async def renew_keys() -> None:
        renewed = await parts.database.write(people_usecases.renew_keys)
        if renewed:
            log.info("keys of addresses renewed", people=renewed)

    async def publish_catalog() -> None:
        program = await asyncio.to_thread(load, settings.program_dir)
        published = await parts.database.write(lambda tx: catalog_usecases.publish(tx, program.credentials))
        log.info("catalog", versions=len(program.credentials), published=published)

    async def follow_policy() -> None:
        said = [Said(**one.model_dump()) for one in policy.periods]
        taken = await parts.database.write(lambda tx: periods_usecases.listen(tx, rules, said))
        again = await parts.database.write(lambda tx: clock.follow(tx, rules))
        log.info("policy", enrollment=policy.enrollment, periods_taken_over=taken, deadlines_reckoned_anew=again)

    return Service(
        routers=[router(deps), pages.pages(deps, shown), static.router()],
        handlers=handlers(rules, deps.definitions),
        jobs=jobs(parts.objects, rules, exporter, deps.sealer, deps.definitions, _contacts_kept(policy)),
        personal=personal.TABLES,
        refusal_page=shown.refuse,
        on_start=[renew_keys, publish_catalog, follow_policy],
        uploads=Uploads(
            re.compile(r"(?:PUT /api|POST )/(?:applications/[^/]+/materials/[^/]+(?:/draft)?|letters/[^/]+)"),
            settings.most_upload_bytes,
        ),
    )


def _rules(policy: Policy) -> Rules:
    purge, silent = policy.purge_lapsed_after_days, policy.lapse_silent_after_days
    return Rules(
        by_period=policy.enrollment == "periods",
        zone=ZoneInfo(policy.time_zone),
        warn_days=tuple(sorted(set(policy.warn_days), reverse=True)),
        renewal_fee=policy.renewal_fee,
        purge_after=None if purge is None else timedelta(days=purge),
        silence=None if silent is None else timedelta(days=silent),
    )


def _contacts_kept(policy: Policy) -> timedelta | None:
    days = policy.forget_contacts_after_days
    return None if days is None else timedelta(days=days)


def _first_admin_key(settings: Settings) -> str:
    if not settings.first_admin_email:
        return ""
    try:
        return check_mailable(addresses.read(settings.first_admin_email.strip()), settings.mail_smtputf8).key
    except addresses.NoAddress as error:
        raise SystemExit(f"FIRST_ADMIN_EMAIL: {settings.first_admin_email!r} {error}") from None
