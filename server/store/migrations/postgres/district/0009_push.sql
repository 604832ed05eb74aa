-- By what files that are pushed are known to be of a source: the hash of its token, which is shown once.
CREATE TABLE push_token (
    source_id BIGINT PRIMARY KEY NOT NULL REFERENCES source (id),
    hash BYTEA NOT NULL
);
