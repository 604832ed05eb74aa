-- What lay in a watched folder when a run of its source was queued for it: names, sizes and times of its files, hashed.
CREATE TABLE watched_folder (
    source_id BIGINT PRIMARY KEY NOT NULL REFERENCES source (id),
    seen TEXT NOT NULL
);
