-- Whoever changed the state of a version last has it: the program's files, or staff. `file_state` is the state that the file had when it was
-- looked at last, so that only a change there counts.
ALTER TABLE credentials ADD COLUMN file_state text, ADD COLUMN published_at timestamptz;
UPDATE credentials SET file_state = state;

-- Every change of a state: by whom (null: by the files), and why.
CREATE TABLE credential_changes (
    change_id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    slug text NOT NULL,
    version integer NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    at timestamptz NOT NULL,
    actor uuid,
    reason text NOT NULL DEFAULT '',
    FOREIGN KEY (slug, version) REFERENCES credentials
);
CREATE INDEX credential_changes_version ON credential_changes (slug, version, number);

-- What an act is about, where that is neither an application nor a person: a version of a credential (`slug/version`), a move, a reopening.
ALTER TABLE audit ADD COLUMN about text;
CREATE INDEX audit_actor ON audit (actor, at, audit_id);
CREATE INDEX audit_person ON audit (person_id, at, audit_id) WHERE person_id IS NOT NULL;
CREATE INDEX audit_act ON audit (act, at, audit_id);
