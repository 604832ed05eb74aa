-- Rule packs of the district's own: policies made in the browser, and packs read from files. Each edition is the whole
-- pack with all of its versions; the newest one is in force, and none is ever changed or removed.
CREATE TABLE pack_edition (
    pack TEXT NOT NULL,
    edition BIGINT NOT NULL,
    text TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_by BIGINT REFERENCES person (id),
    made_at DATETIME NOT NULL,
    -- The form it came from: sent twice, it is kept once.
    draft TEXT NOT NULL UNIQUE,
    PRIMARY KEY (pack, edition)
);
