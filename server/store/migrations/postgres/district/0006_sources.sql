-- Where a district's data comes from. A source that ended stays as a row; its credentials go. Names are used again.
CREATE TABLE source (
    id BIGINT PRIMARY KEY NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    carries TEXT COLLATE "C" NOT NULL,
    -- JSON; nothing in it is secret.
    settings TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    -- NULL: the command line.
    created_by BIGINT REFERENCES person (id),
    ended_at TIMESTAMPTZ,
    ended_by BIGINT REFERENCES person (id)
);
CREATE UNIQUE INDEX source_name ON source (name) WHERE ended_at IS NULL;

-- Credentials, sealed: a data key of their own seals them, and the master key, which is never here, wraps the data key.
CREATE TABLE source_secret (
    source_id BIGINT PRIMARY KEY NOT NULL REFERENCES source (id),
    key_id TEXT COLLATE "C" NOT NULL,
    wrap_nonce BYTEA NOT NULL,
    wrapped BYTEA NOT NULL,
    nonce BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    kept_at TIMESTAMPTZ NOT NULL
);

-- Each sync from a source. Without an end it is at work, or was cut off. `outcome` is a code; empty until it ended.
CREATE TABLE source_run (
    id BIGINT PRIMARY KEY NOT NULL,
    source_id BIGINT NOT NULL REFERENCES source (id),
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    outcome TEXT COLLATE "C" NOT NULL,
    rows_read BIGINT NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    set_aside BIGINT NOT NULL
);
CREATE INDEX source_run_source ON source_run (source_id, started_at);

-- Which side of the data a row was set aside from, so that a run of the other side leaves it; `whole` where that was
-- not yet kept.
ALTER TABLE set_aside ADD COLUMN side TEXT COLLATE "C" NOT NULL DEFAULT 'whole';
