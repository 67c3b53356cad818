-- Every service looks after those who were erased in the same way now, in a table of the chassis.
INSERT INTO erased_people (person_id, marked_at, look_at, empty_since, finished)
SELECT person_id, marked_at, marked_at, empty_since, finished FROM erasures;
DROP TABLE erasures;
