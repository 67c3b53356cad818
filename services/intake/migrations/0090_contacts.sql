-- Contacts are forgotten some time after somebody first asked for a link to their address; `sessions_valid_from` of a contact is that time.
CREATE INDEX people_contacts ON people (sessions_valid_from, person_id) WHERE kind = 'contact' AND NOT erased;
