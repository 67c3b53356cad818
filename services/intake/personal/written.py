"""The parts of a person's export that they answered, wrote and handed in."""

from chassis.personal import Export
from contracts.refusals import Text

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

ELIGIBILITY = Export(
    Text("What you answered about whether you may apply"),
    """
    SELECT e.application_id, e.answer, e.answered_at FROM eligibility e JOIN applications a USING (application_id)
    WHERE a.person_id = $1 ORDER BY e.answered_at
    """,
    {
        "application_id": Text("Number of the application"),
        "answer": Text("Your answer"),
        "answered_at": Text("When"),
    },
)

RESEARCH_CONSENTS = Export(
    Text("Your consent to research"),
    """
    SELECT c.application_id, c.consented, c.text_version, c.at
    FROM research_consents c JOIN applications a USING (application_id) WHERE a.person_id = $1 ORDER BY c.consent_id
    """,
    {
        "application_id": Text("Number of the application"),
        "consented": Text("You consented"),
        "text_version": Text("Version of the text"),
        "at": Text("When"),
    },
)

ASSESSMENTS = Export(
    Text("Each self-assessment that you gave"),
    """
    SELECT s.application_id, s.ratings, s.at
    FROM assessments s JOIN applications a USING (application_id) WHERE a.person_id = $1 ORDER BY s.assessment_id
    """,
    {
        "application_id": Text("Number of the application"),
        "ratings": Text("Your self-assessment"),
        "at": Text("When"),
    },
)

STUDY_PLAN = Export(
    Text("Your study plan"),
    """
    SELECT s.application_id, s.title, s.resource, s.item, s.by, s.done, s.added_at
    FROM study_plan s JOIN applications a USING (application_id) WHERE a.person_id = $1
    ORDER BY s.place
    """,
    {
        "application_id": Text("Number of the application"),
        "title": Text("What you mean to do"),
        "resource": Text("Resource"),
        "item": Text("Item"),
        "by": Text("By when"),
        "done": Text("Done"),
        "added_at": Text("Added"),
    },
)
