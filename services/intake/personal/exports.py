"""The parts of a person's export about themselves and about the end of their applications."""

from chassis.personal import Export
from contracts.refusals import Text

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
