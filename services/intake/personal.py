"""What this service has about people, table by table: what an erasure does with it, and what a person's export takes
(`chassis.personal`). Whoever adds a table or a column with something of a person's adds it here.

Objects (files and texts) need no entry: all that lies under the person's name goes. An export takes those that the
rows of its sections name.
"""

from collections.abc import Mapping

from chassis.personal import CHASSIS, Export, Table, deleted, emptied, kept, nobodys
from contracts.refusals import Text

EMPTY_PEOPLE = """
    UPDATE people SET erased = true, name = '', email = '', email_key = '', institution = '', roles = '{}',
        language = 'en', time_zone = 'UTC'
    WHERE person_id = $1
"""
EMPTY_APPLICATIONS = """
    UPDATE applications SET basic = NULL, path_answer = NULL, ratings = NULL, withdrawal_note = NULL
    WHERE person_id = $1
"""
FORGET_MATERIALS = """
    DELETE FROM materials m USING applications a WHERE a.application_id = m.application_id AND a.person_id = $1
"""
FORGET_DRAFTS = """
    DELETE FROM drafts d USING applications a WHERE a.application_id = d.application_id AND a.person_id = $1
"""
# Of the referee, who is erased as soon as nobody waits for them (`usecases.letters`); and of the applicant.
FORGET_REFEREE = """
    UPDATE letter_requests r SET contact_id = NULL, referee_name = NULL, referee_email = NULL, next_reminder_at = NULL,
        state = CASE WHEN r.state = 'asked' THEN 'closed' ELSE r.state END, settled_at = coalesce(r.settled_at, now())
    WHERE r.contact_id = $1
        OR r.application_id IN (SELECT application_id FROM applications WHERE person_id = $1) AND r.state = 'asked'
"""
EMPTY_DECISIONS = """
    UPDATE decisions d SET items = '[]' FROM applications a
    WHERE a.application_id = d.application_id AND a.person_id = $1
"""

EMPTY_EXTENSIONS = """
    UPDATE extensions e SET reason = NULL FROM applications a
    WHERE a.application_id = e.application_id AND a.person_id = $1
"""

PERSON = Export(
    Text("Your account"),
    """
    SELECT person_id, name, email, institution, language, time_zone, array_to_string(roles, ', ') AS roles
    FROM people WHERE person_id = $1
    """,
    {
        "person_id": Text("Your number here"),
        "name": Text("Name"),
        "email": Text("E-mail address"),
        "institution": Text("Institution"),
        "language": Text("Language"),
        "time_zone": Text("Time zone"),
        "roles": Text("Roles"),
    },
)
SESSIONS = Export(
    Text("Where you are signed in"),
    "SELECT began_at, browser, system FROM sessions WHERE person_id = $1 ORDER BY began_at",
    {"began_at": Text("Since"), "browser": Text("Browser"), "system": Text("System")},
)
LINKS = Export(
    Text("Links that were mailed to you"),
    """
    SELECT purpose, issued_at, expires_at, used_at, name, next FROM links WHERE person_id = $1 ORDER BY issued_at
    """,
    {
        "purpose": Text("Purpose"),
        "issued_at": Text("Mailed"),
        "expires_at": Text("Good until"),
        "used_at": Text("Used"),
        "name": Text("Name that was given with it"),
        "next": Text("Page that it leads to"),
    },
)
APPLICATIONS = Export(
    Text("Your applications"),
    """
    SELECT a.application_id, c.definition ->> 'name' AS credential, a.credential_version AS version, a.attempt,
        a.state, a.started_at, a.basic, a.agreement_version, a.agreement_accepted_at, a.path, a.path_answer, a.ratings,
        a.carried_forward, a.fee, a.on_hold, a.badge_url, a.withdrawal_note, a.timeline
    FROM applications a JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version
    WHERE a.person_id = $1 ORDER BY a.started_at, a.application_id
    """,
    {
        "application_id": Text("Number of the application"),
        "credential": Text("Credential"),
        "version": Text("Version of the credential"),
        "attempt": Text("Attempt"),
        "state": Text("State"),
        "started_at": Text("Begun"),
        "basic": Text("What you said of yourself"),
        "agreement_version": Text("Agreement that you accepted"),
        "agreement_accepted_at": Text("Accepted"),
        "path": Text("Path"),
        "path_answer": Text("Your answer"),
        "ratings": Text("Your self-assessment"),
        "carried_forward": Text("Carried over from an earlier attempt"),
        "fee": Text("Fee"),
        "on_hold": Text("On hold because of"),
        "badge_url": Text("Badge"),
        "withdrawal_note": Text("Why you withdrew"),
        "timeline": Text("What happened"),
    },
)
MATERIALS = Export(
    Text("What you handed in"),
    """
    SELECT c.definition ->> 'name' AS credential, a.attempt, m.requirement, m.kind, m.filename, m.content, m.annotation,
        m.items, m.words, m.minutes, m.handed_in_at
    FROM materials m JOIN applications a USING (application_id)
    JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version
    WHERE a.person_id = $1 AND (m.kind <> 'letter' OR c.definition -> 'requirements'
        @> jsonb_build_array(jsonb_build_object('key', m.requirement, 'applicant_reads', true)))
    ORDER BY a.started_at, m.requirement, m.handed_in_at
    """,
    {
        "credential": Text("Credential"),
        "attempt": Text("Attempt"),
        "requirement": Text("Requirement"),
        "kind": Text("Kind"),
        "filename": Text("Name of the file"),
        "content": Text("Content"),
        "annotation": Text("What you said of it"),
        "items": Text("Items that it shows"),
        "words": Text("Words"),
        "minutes": Text("Minutes"),
        "handed_in_at": Text("Handed in"),
    },
)
DRAFTS = Export(
    Text("What you wrote and did not hand in"),
    """
    SELECT c.definition ->> 'name' AS credential, a.attempt, d.requirement, d.content, d.items, d.words, d.saved_at
    FROM drafts d JOIN applications a USING (application_id)
    JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version
    WHERE a.person_id = $1 ORDER BY a.started_at, d.requirement
    """,
    {
        "credential": Text("Credential"),
        "attempt": Text("Attempt"),
        "requirement": Text("Requirement"),
        "content": Text("Content"),
        "items": Text("Items that it shows"),
        "words": Text("Words"),
        "saved_at": Text("Saved"),
    },
)
LETTERS = Export(
    Text("Letters that you asked for"),
    """
    SELECT c.definition ->> 'name' AS credential, a.attempt, r.requirement, r.referee_name, r.referee_email, r.state,
        r.asked_at, r.settled_at
    FROM letter_requests r JOIN applications a USING (application_id)
    JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version
    WHERE a.person_id = $1 ORDER BY r.asked_at, r.request_id
    """,
    {
        "credential": Text("Credential"),
        "attempt": Text("Attempt"),
        "requirement": Text("Requirement"),
        "referee_name": Text("Their name"),
        "referee_email": Text("Their e-mail address"),
        "state": Text("State"),
        "asked_at": Text("Asked"),
        "settled_at": Text("Settled"),
    },
)
DECISIONS = Export(
    Text("What was decided"),
    """
    SELECT c.definition ->> 'name' AS credential, a.attempt, d.outcome, d.decided_at, d.items, d.letter, d.feedback
    FROM decisions d JOIN applications a ON a.application_id = d.application_id
    JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version
    WHERE a.person_id = $1 ORDER BY d.decided_at
    """,
    {
        "credential": Text("Credential"),
        "attempt": Text("Attempt"),
        "outcome": Text("Outcome"),
        "decided_at": Text("Decided"),
        "items": Text("Levels"),
        "letter": Text("The panel's letter to you"),
        "feedback": Text("The panel's feedback"),
    },
)
EMPTY_MOVED = """
    UPDATE moved d SET before = NULL, after = NULL, state = CASE d.state WHEN 'moved' THEN 'kept' WHEN 'undoing'
        THEN 'kept' WHEN 'waiting' THEN 'stayed' ELSE d.state END
    FROM applications a WHERE a.application_id = d.application_id AND a.person_id = $1
"""
MOVED = Export(
    Text("Moves of your applications to another version"),
    """
    SELECT d.application_id, v.from_version, v.to_version, v.at, v.undone_at, d.state
    FROM moved d JOIN moves v USING (move_id) JOIN applications a USING (application_id)
    WHERE a.person_id = $1 ORDER BY v.at
    """,
    {
        "application_id": Text("Number of the application"),
        "from_version": Text("From version"),
        "to_version": Text("To version"),
        "at": Text("When"),
        "undone_at": Text("Undone"),
        "state": Text("State"),
    },
)
EMPTY_REOPENINGS = """
    UPDATE reopenings r SET reason = '' FROM applications a
    WHERE a.application_id = r.application_id AND a.person_id = $1
"""
REOPENINGS = Export(
    Text("What the program's staff opened again for you"),
    """
    SELECT r.application_id, array_to_string(r.requirements, ', ') AS requirements, r.reason, r.opened_at, r.until
    FROM reopenings r JOIN applications a USING (application_id) WHERE a.person_id = $1 ORDER BY r.opened_at
    """,
    {
        "application_id": Text("Number of the application"),
        "requirements": Text("Requirements"),
        "reason": Text("Reason"),
        "opened_at": Text("Opened"),
        "until": Text("Until"),
    },
)
TERMS = Export(
    Text("Deadlines of your applications"),
    """
    SELECT c.definition ->> 'name' AS credential, a.attempt, p.name AS period, t.due_at, t.extended_to,
        t.renewal_asked_at, t.lapsed_at
    FROM terms t JOIN applications a USING (application_id) LEFT JOIN periods p USING (period_id)
    JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version
    WHERE a.person_id = $1 ORDER BY a.started_at
    """,
    {
        "credential": Text("Credential"),
        "attempt": Text("Attempt"),
        "period": Text("Enrollment period"),
        "due_at": Text("Deadline"),
        "extended_to": Text("Extended to"),
        "renewal_asked_at": Text("Asked to be carried over"),
        "lapsed_at": Text("Lapsed"),
    },
)
EXTENSIONS = Export(
    Text("More time that you were given"),
    """
    SELECT c.definition ->> 'name' AS credential, a.attempt, e.at, e.last_day, e.reason
    FROM extensions e JOIN applications a USING (application_id)
    JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version
    WHERE a.person_id = $1 ORDER BY e.at
    """,
    {
        "credential": Text("Credential"),
        "attempt": Text("Attempt"),
        "at": Text("When"),
        "last_day": Text("Last day"),
        "reason": Text("Reason"),
    },
)
AUDIT = Export(
    Text("When the program's staff looked at your applications or changed your roles"),
    """
    SELECT t.at, t.act, t.application_id, array_to_string(t.before, ', ') AS before,
        array_to_string(t.after, ', ') AS after
    FROM audit t LEFT JOIN applications a ON a.application_id = t.application_id
    WHERE t.person_id = $1 OR a.person_id = $1 ORDER BY t.at
    """,
    {
        "at": Text("When"),
        "act": Text("What"),
        "application_id": Text("Number of the application"),
        "before": Text("Before"),
        "after": Text("After"),
    },
)

COHORT_PLACES = Export(
    Text("Your places in cohorts"),
    """
    SELECT c.name AS cohort, t.application_id, t.state, t.reason, t.since
    FROM cohort_places t JOIN cohorts c USING (cohort_id) WHERE t.person_id = $1 ORDER BY t.since
    """,
    {
        "cohort": Text("Cohort"),
        "application_id": Text("Number of the application"),
        "state": Text("State"),
        "reason": Text("What the program's staff wrote to you"),
        "since": Text("Since"),
    },
)
COHORTS = Export(
    Text("Cohorts that you lead"),
    """
    SELECT name AS cohort, state, time_zone FROM cohorts
    WHERE facilitators @> jsonb_build_array(jsonb_build_object('person_id', $1::uuid)) ORDER BY created_at
    """,
    {"cohort": Text("Cohort"), "state": Text("State"), "time_zone": Text("Time zone")},
)
# The job `keep-cohorts` ends the place itself, so that who waits moves up.
EMPTY_COHORT_PLACES = "UPDATE cohort_places SET reason = '' WHERE person_id = $1"
EMPTY_COHORTS = """
    UPDATE cohorts c SET version = version + 1, facilitators = (
        SELECT coalesce(jsonb_agg(f), '[]') FROM jsonb_array_elements(c.facilitators) AS f
        WHERE f ->> 'person_id' IS DISTINCT FROM $1::uuid::text)
    WHERE facilitators @> jsonb_build_array(jsonb_build_object('person_id', $1::uuid))
"""

TABLES: Mapping[str, Table] = {
    **CHASSIS,
    "people": emptied("The id stays, so that facts with it still have one owner; all else goes.", EMPTY_PEOPLE, PERSON),
    "links": deleted("Links that were mailed.", "DELETE FROM links WHERE person_id = $1", LINKS),
    "sessions": deleted("Where they are signed in.", "DELETE FROM sessions WHERE person_id = $1", SESSIONS),
    "exports": deleted(
        "Their data as a file, for some days.",
        "DELETE FROM exports WHERE person_id = $1",
        "It would hold itself.",
    ),
    "sign_in_counts": kept(
        "Keyed hashes of addresses and clients, until the limit's window has passed; the erasure takes the address's.",
        "Hashes for some minutes, from which nobody can tell who it was.",
    ),
    "reopenings": emptied(
        "That requirements were opened again stays as a fact; the reason goes.", EMPTY_REOPENINGS, REOPENINGS
    ),
    "moves": kept("Who of the staff moved applications, as an id, and why.", "An act of the program's staff."),
    "moved": emptied(
        "That an application was moved stays as a fact; ratings, path and keys of what was handed in go.",
        EMPTY_MOVED,
        MOVED,
    ),
    # Materials and decisions before applications: they are found by them.
    "materials": deleted("What was handed in.", FORGET_MATERIALS, MATERIALS),
    "drafts": deleted("Texts that were not handed in.", FORGET_DRAFTS, DRAFTS),
    "letter_requests": emptied(
        "That a letter was asked for stays as a fact. Who was asked goes, whether they are erased or who asked them.",
        FORGET_REFEREE,
        LETTERS,
    ),
    "letter_links": kept(
        "Hashes of links that were mailed, until long after they ran out.", "Hashes that open nothing."
    ),
    "decisions": emptied("The outcome stays as a fact; the levels and the texts go.", EMPTY_DECISIONS, DECISIONS),
    "extensions": emptied("That there was more time stays as a fact; the reason goes.", EMPTY_EXTENSIONS, EXTENSIONS),
    "terms": kept("By when an application was due: days and ids.", TERMS),
    "periods": nobodys("Enrollment periods."),
    "term_rules": nobodys("The policy by which deadlines are reckoned."),
    "applications": emptied(
        "Facts stay: credential, attempt, state, fee, the agreement that was accepted, times. Words and ratings go.",
        EMPTY_APPLICATIONS,
        APPLICATIONS,
    ),
    "audit": kept("Who of the staff did what, as ids; it is never changed.", AUDIT),
    "cohort_places": emptied(
        "That a place was taken and ended stays; what staff wrote to the person goes.",
        EMPTY_COHORT_PLACES,
        COHORT_PLACES,
    ),
    "cohorts": emptied("A facilitator with an account is taken off the cohort.", EMPTY_COHORTS, COHORTS),
    "cohort_sessions": nobodys("When cohorts meet."),
    "credentials": nobodys("The catalog."),
    "credential_changes": kept(
        "Who of the staff changed the state of a credential, as an id, and why.",
        "An act of the program's staff, about a credential.",
    ),
}
