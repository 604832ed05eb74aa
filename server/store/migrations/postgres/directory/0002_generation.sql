-- Which store stands behind a district: another number after it was removed and added again, and after a restore.
ALTER TABLE district ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;

-- The last such number given; one row.
CREATE TABLE generation (
    last BIGINT PRIMARY KEY NOT NULL
);
INSERT INTO generation (last) VALUES (0);
