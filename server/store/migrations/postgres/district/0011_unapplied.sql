-- A digest of the changes (OneRoster's `delta`) that came from a source last and did not reach the store: others are not
-- laid over it before these, or before whole files.
ALTER TABLE source ADD COLUMN unapplied TEXT;
