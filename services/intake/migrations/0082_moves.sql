-- Staff move applications that are under way from one version of a credential to another. `requirements` and `items` say what becomes what;
-- what is in neither is left behind.
CREATE TABLE moves (
    move_id uuid PRIMARY KEY,
    slug text NOT NULL,
    from_version integer NOT NULL,
    to_version integer NOT NULL,
    requirements jsonb NOT NULL,
    items jsonb NOT NULL,
    reason text NOT NULL,
    actor uuid NOT NULL,
    at timestamptz NOT NULL,
    undone_by uuid,
    undone_at timestamptz,
    FOREIGN KEY (slug, from_version) REFERENCES credentials (slug, version),
    FOREIGN KEY (slug, to_version) REFERENCES credentials (slug, version)
);
CREATE INDEX moves_version ON moves (slug, to_version, at);

-- Each application of a move. `before` and `after` are its pin and what hangs on it, so that it can be undone where nothing came since; `why`
-- names what kept it from being moved, or from being moved back.
CREATE TABLE moved (
    move_id uuid NOT NULL REFERENCES moves,
    application_id uuid NOT NULL REFERENCES applications,
    state text NOT NULL CHECK (state IN ('waiting', 'moved', 'stayed', 'undoing', 'undone', 'kept')),
    why text[] NOT NULL DEFAULT '{}',
    before jsonb,
    after jsonb,
    at timestamptz NOT NULL,
    PRIMARY KEY (move_id, application_id)
);
CREATE INDEX moved_to_do ON moved (move_id, application_id) WHERE state IN ('waiting', 'undoing');
CREATE INDEX moved_application ON moved (application_id);

-- The applications that can be moved, by their version.
CREATE INDEX applications_movable ON applications (credential, credential_version, application_id)
    WHERE state IN ('started', 'fee_due', 'open');
