-- What was known when, of all that the rules read; the SQLite file of the same number makes the same tables.
-- A row carries the number of the run since which it stands as it does. A row that a run changes or removes is kept in
-- the table's `_past` as it was: known from one run on, and up to (not including) another. Of a row only what the rules
-- read is kept. Marks need none of this: the ledger has them. Rows that are there already count as known since the
-- first run.

ALTER TABLE org ADD COLUMN since_run BIGINT NOT NULL DEFAULT 1;
ALTER TABLE person ADD COLUMN since_run BIGINT NOT NULL DEFAULT 1;
ALTER TABLE demographics ADD COLUMN since_run BIGINT NOT NULL DEFAULT 1;
ALTER TABLE characteristics ADD COLUMN since_run BIGINT NOT NULL DEFAULT 1;
ALTER TABLE calendar_day ADD COLUMN since_run BIGINT NOT NULL DEFAULT 1;
ALTER TABLE enrollment ADD COLUMN since_run BIGINT NOT NULL DEFAULT 1;
ALTER TABLE bell ADD COLUMN since_run BIGINT NOT NULL DEFAULT 1;
ALTER TABLE roll ADD COLUMN since_run BIGINT NOT NULL DEFAULT 1;
ALTER TABLE code_map ADD COLUMN since_run BIGINT NOT NULL DEFAULT 1;
ALTER TABLE school_last_row ADD COLUMN since_run BIGINT NOT NULL DEFAULT 1;

CREATE TABLE org_past (
    key TEXT COLLATE "C" NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT NOT NULL,
    id BIGINT NOT NULL,
    local_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key, known_to)
);

CREATE TABLE person_past (
    key TEXT COLLATE "C" NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT NOT NULL,
    id BIGINT NOT NULL,
    local_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key, known_to)
);
CREATE INDEX person_past_id ON person_past (id);

CREATE TABLE demographics_past (
    key TEXT COLLATE "C" NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    birth_date DATE,
    PRIMARY KEY (key, known_to)
);
CREATE INDEX demographics_past_person ON demographics_past (person_id);

CREATE TABLE characteristics_past (
    key TEXT COLLATE "C" NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    birth_date DATE,
    PRIMARY KEY (key, known_to)
);
CREATE INDEX characteristics_past_student ON characteristics_past (student_id);

CREATE TABLE calendar_day_past (
    key TEXT COLLATE "C" NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT NOT NULL,
    school_id BIGINT NOT NULL,
    school_year BIGINT NOT NULL,
    year_named BOOLEAN NOT NULL,
    date DATE NOT NULL,
    instructional BOOLEAN NOT NULL,
    minutes BIGINT,
    sessions BIGINT NOT NULL,
    PRIMARY KEY (key, known_to)
);

CREATE TABLE enrollment_past (
    key TEXT COLLATE "C" NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    school_id BIGINT NOT NULL,
    grade TEXT COLLATE "C",
    entry DATE NOT NULL,
    ends DATE,
    presumed_end DATE,
    PRIMARY KEY (key, known_to)
);
CREATE INDEX enrollment_past_student ON enrollment_past (student_id);

CREATE TABLE bell_past (
    key TEXT COLLATE "C" NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT NOT NULL,
    school_id BIGINT NOT NULL,
    period TEXT COLLATE "C" NOT NULL,
    starts BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    PRIMARY KEY (key, known_to)
);

CREATE TABLE roll_past (
    key TEXT COLLATE "C" NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT NOT NULL,
    school_id BIGINT NOT NULL,
    date DATE NOT NULL,
    taken BOOLEAN NOT NULL,
    PRIMARY KEY (key, known_to)
);

CREATE TABLE code_map_past (
    category TEXT COLLATE "C" NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT NOT NULL,
    meaning TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (category, known_to)
);

CREATE TABLE school_last_row_past (
    school_id BIGINT NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT NOT NULL,
    date DATE NOT NULL,
    PRIMARY KEY (school_id, known_to)
);

-- Findings are not kept: a page that opens one asks the rules again. What lists show of them has columns of its own, and
-- only signals of the school year that runs are listed.
DELETE FROM signal WHERE NOT current;
DROP INDEX signal_list;
ALTER TABLE signal DROP COLUMN current;
ALTER TABLE signal DROP COLUMN finding;
ALTER TABLE signal ADD COLUMN more BIGINT;
CREATE INDEX signal_list ON signal (standing, rule);
DROP TABLE signal_school;
