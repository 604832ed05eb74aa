-- Rules that could not be asked at the last evaluation, and why, as JSON.
CREATE TABLE rule_not_asked (
    number BIGINT NOT NULL PRIMARY KEY,
    pack TEXT NOT NULL,
    rule TEXT NOT NULL,
    why TEXT NOT NULL
);
