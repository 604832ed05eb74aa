-- The districts of this installation.
CREATE TABLE district (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    demo BOOLEAN NOT NULL,
    added_at DATETIME NOT NULL
);
