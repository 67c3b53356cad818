"""What an erasure does with each table, in SQL. $1 is the person's id."""

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
FORGET_ELIGIBILITY = """
    DELETE FROM eligibility e USING applications a WHERE a.application_id = e.application_id AND a.person_id = $1
"""
FORGET_RESEARCH_CONSENTS = """
    DELETE FROM research_consents c USING applications a WHERE a.application_id = c.application_id AND a.person_id = $1
"""
FORGET_ASSESSMENTS = """
    DELETE FROM assessments s USING applications a WHERE a.application_id = s.application_id AND a.person_id = $1
"""
FORGET_STUDY_PLAN = """
    DELETE FROM study_plan s USING applications a WHERE a.application_id = s.application_id AND a.person_id = $1
"""
FORGET_DRAFTS = """
    DELETE FROM drafts d USING applications a WHERE a.application_id = d.application_id AND a.person_id = $1
"""
# Of the referee, who is erased as soon as nobody waits for them (`usecases.letters`), and of the applicant. The ids of
# the applicant's referees stay, so that the job which settles letters finds and erases them.
FORGET_REFEREE = """
    UPDATE letter_requests r SET contact_id = nullif(r.contact_id, $1), referee_name = NULL, referee_email = NULL,
        next_reminder_at = NULL, state = CASE WHEN r.state = 'asked' THEN 'closed' ELSE r.state END,
        settled_at = coalesce(r.settled_at, now())
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
EMPTY_MOVED = """
    UPDATE moved d SET before = NULL, after = NULL, state = CASE d.state WHEN 'moved' THEN 'kept' WHEN 'undoing'
        THEN 'kept' WHEN 'waiting' THEN 'stayed' ELSE d.state END
    FROM applications a WHERE a.application_id = d.application_id AND a.person_id = $1
"""
EMPTY_REOPENINGS = """
    UPDATE reopenings r SET reason = '' FROM applications a
    WHERE a.application_id = r.application_id AND a.person_id = $1
"""
# The job `keep-cohorts` ends the place itself, so that the next person on the waiting list moves up.
EMPTY_COHORT_PLACES = "UPDATE cohort_places SET reason = '' WHERE person_id = $1"
EMPTY_COHORTS = """
    UPDATE cohorts c SET version = version + 1, facilitators = (
        SELECT coalesce(jsonb_agg(f), '[]') FROM jsonb_array_elements(c.facilitators) AS f
        WHERE f ->> 'person_id' IS DISTINCT FROM $1::uuid::text)
    WHERE facilitators @> jsonb_build_array(jsonb_build_object('person_id', $1::uuid))
"""
