-- What applicants call their files, for their own lists: it goes to nobody else.
ALTER TABLE materials ADD COLUMN filename text;
