-- The districts of this installation.
CREATE TABLE district (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    demo BOOLEAN NOT NULL,
    added_at TIMESTAMPTZ NOT NULL
);
