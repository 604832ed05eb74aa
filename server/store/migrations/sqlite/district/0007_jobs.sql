-- When a source is synced by itself. Without a row it is not, and is not paused.
CREATE TABLE source_rhythm (
    source_id BIGINT PRIMARY KEY NOT NULL REFERENCES source (id),
    -- Five cron fields on the district's clock; NULL: only when a person asks.
    fields TEXT,
    -- Since when these hold: before, nothing was late.
    since DATETIME NOT NULL,
    next_at DATETIME,
    paused_at DATETIME
);

-- What a good run read, as JSON, for the brake of the next; empty for one that was not applied.
ALTER TABLE source_run ADD COLUMN seen TEXT NOT NULL DEFAULT '';

-- Work that waits or is under way: one row for each thing, so that nothing is queued twice. It goes when it is done.
CREATE TABLE job (
    kind TEXT NOT NULL,
    -- What it is about: of `sync`, the source.
    subject BIGINT NOT NULL,
    queued_at DATETIME NOT NULL,
    -- NULL: the schedule, or the command line.
    queued_by BIGINT REFERENCES person (id),
    due_at DATETIME NOT NULL,
    tries BIGINT NOT NULL,
    -- Whose it is while it is under way, and until when without a further word.
    lease BIGINT,
    leased_until DATETIME,
    -- Why the last try failed, as a code; empty before.
    why TEXT NOT NULL,
    -- It is not tried again by itself.
    dead_at DATETIME,
    PRIMARY KEY (kind, subject)
);

-- A run of a source that stopped before it applied anything, and what would have gone.
CREATE TABLE brake (
    run_id BIGINT PRIMARY KEY NOT NULL REFERENCES source_run (id),
    source_id BIGINT NOT NULL REFERENCES source (id),
    -- What a person is shown, as JSON: counts, ids of schools and rows, no names.
    shown TEXT NOT NULL,
    -- A number for each row that would go, in order, of 8 bytes each; NULL where there are too many to approve.
    going BLOB,
    approved_at DATETIME,
    -- NULL: the command line.
    approved_by BIGINT REFERENCES person (id),
    reason TEXT NOT NULL,
    -- A later run of the source came as far as this: nobody is waited for any more.
    closed_at DATETIME
);
CREATE INDEX brake_source ON brake (source_id);
