-- A link remembers what was said when it was asked for (a name, which becomes the person's only when this very link is used), and,
-- once it is used, which browser used it: the hash of a cookie, so that its button may be pressed twice.
ALTER TABLE links ADD COLUMN name text NOT NULL DEFAULT '', ADD COLUMN used_by bytea;
CREATE INDEX links_person ON links (person_id);

-- Every sign-in that counts against a limit, until it counts no more. `who` is a keyed hash of an address or of a client.
CREATE TABLE sign_in_counts (who bytea NOT NULL, until timestamptz NOT NULL);
CREATE INDEX sign_in_counts_who ON sign_in_counts (who, until);
CREATE INDEX sign_in_counts_until ON sign_in_counts (until);

-- Whether somebody is left to give roles is asked whenever one is taken away.
CREATE INDEX people_administrators ON people (person_id) WHERE 'admin' = ANY (roles);
