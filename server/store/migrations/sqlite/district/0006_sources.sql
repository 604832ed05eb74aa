-- Where a district's data comes from. A source that ended stays as a row; its credentials go. Names are used again.
CREATE TABLE source (
    id BIGINT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    carries TEXT NOT NULL,
    -- JSON; nothing in it is secret.
    settings TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    -- NULL: the command line.
    created_by BIGINT REFERENCES person (id),
    ended_at DATETIME,
    ended_by BIGINT REFERENCES person (id)
);
CREATE UNIQUE INDEX source_name ON source (name) WHERE ended_at IS NULL;

-- Credentials, sealed: a data key of their own seals them, and the master key, which is never here, wraps the data key.
CREATE TABLE source_secret (
    source_id BIGINT PRIMARY KEY NOT NULL REFERENCES source (id),
    key_id TEXT NOT NULL,
    wrap_nonce BLOB NOT NULL,
    wrapped BLOB NOT NULL,
    nonce BLOB NOT NULL,
    sealed BLOB NOT NULL,
    kept_at DATETIME NOT NULL
);

-- Each sync from a source. Without an end it is at work, or was cut off. `outcome` is a code; empty until it ended.
CREATE TABLE source_run (
    id BIGINT PRIMARY KEY NOT NULL,
    source_id BIGINT NOT NULL REFERENCES source (id),
    started_at DATETIME NOT NULL,
    ended_at DATETIME,
    outcome TEXT NOT NULL,
    rows_read BIGINT NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    set_aside BIGINT NOT NULL
);
CREATE INDEX source_run_source ON source_run (source_id, started_at);

-- Which side of the data a row was set aside from, so that a run of the other side leaves it; `whole` where that was
-- not yet kept.
ALTER TABLE set_aside ADD COLUMN side TEXT NOT NULL DEFAULT 'whole';
