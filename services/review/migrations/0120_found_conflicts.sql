-- Why the service itself emptied a seat: the kind of the conflict of interest (`domain/conflicts.py`). Empty for declared conflicts.
ALTER TABLE seats ADD COLUMN conflict text NOT NULL DEFAULT '';
CREATE INDEX cases_applicant_undecided ON cases (person_id) WHERE state IN ('assigning', 'scoring', 'deciding');
