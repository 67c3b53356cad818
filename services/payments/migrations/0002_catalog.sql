-- The catalog as far as payers see it: what a version of a credential is called. `published` is the version of that description.
CREATE TABLE credentials (
    slug text NOT NULL,
    version integer NOT NULL,
    published bigint NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (slug, version)
);

-- Null for a fee that was asked before this column came: its credential is shown by its slug.
ALTER TABLE fees ADD COLUMN credential_version integer;
