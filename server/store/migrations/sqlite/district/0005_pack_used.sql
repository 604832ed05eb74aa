-- The program's packs as the rules were asked by them: a newer program may bring another text, and what was known earlier
-- is judged by the text of then. `until_at` is empty for those in use.
CREATE TABLE pack_used (
    number BIGINT NOT NULL PRIMARY KEY,
    pack TEXT NOT NULL,
    text TEXT NOT NULL,
    from_at DATETIME NOT NULL,
    until_at DATETIME
);
