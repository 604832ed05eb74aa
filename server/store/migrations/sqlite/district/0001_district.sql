-- One district. The PostgreSQL file of the same number makes the same tables; a test compares them.
-- `key` is what a row is known by in its source, `hash` tells whether its values changed.

CREATE TABLE settings (
    one BIGINT PRIMARY KEY NOT NULL CHECK (one = 1),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    packs TEXT NOT NULL,
    demo BOOLEAN NOT NULL
);

-- Who holds the lock of syncs, for the word to whoever comes second. The lock itself is the system's.
CREATE TABLE sync_holder (
    one BIGINT PRIMARY KEY NOT NULL CHECK (one = 1),
    who TEXT NOT NULL,
    started_at DATETIME NOT NULL
);

CREATE TABLE org (
    key TEXT PRIMARY KEY NOT NULL,
    id BIGINT NOT NULL UNIQUE,
    local_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent_key TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    hash BIGINT NOT NULL
);

CREATE VIEW school AS
SELECT id, key, local_id, name, active FROM org WHERE kind = 'school';

CREATE TABLE term (
    key TEXT PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    starts DATE NOT NULL,
    ends DATE NOT NULL,
    parent_key TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    hash BIGINT NOT NULL
);

CREATE TABLE course (
    key TEXT PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    code TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    hash BIGINT NOT NULL
);

CREATE TABLE section (
    key TEXT PRIMARY KEY NOT NULL,
    id BIGINT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    course_key TEXT NOT NULL,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    location TEXT NOT NULL,
    school_key TEXT NOT NULL,
    term_keys TEXT NOT NULL,
    periods TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    hash BIGINT NOT NULL
);

-- People who leave the roster stay, not active: their records stay with those entitled.
CREATE TABLE person (
    key TEXT PRIMARY KEY NOT NULL,
    id BIGINT NOT NULL UNIQUE,
    local_id TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    username TEXT NOT NULL,
    given_name TEXT NOT NULL,
    middle_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    grade TEXT,
    agent_keys TEXT NOT NULL,
    search_key TEXT NOT NULL,
    sort_key TEXT NOT NULL,
    source TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    hash BIGINT NOT NULL
);
CREATE INDEX person_local ON person (local_id);
CREATE INDEX person_sort ON person (sort_key, id);

CREATE TABLE role_held (
    key TEXT PRIMARY KEY NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person (id),
    org_key TEXT NOT NULL,
    role TEXT NOT NULL,
    begins DATE,
    ends DATE,
    hash BIGINT NOT NULL
);
CREATE INDEX role_held_person ON role_held (person_id);

CREATE TABLE section_member (
    key TEXT PRIMARY KEY NOT NULL,
    section_id BIGINT NOT NULL REFERENCES section (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL,
    student BOOLEAN NOT NULL,
    begins DATE,
    ends DATE,
    hash BIGINT NOT NULL
);
CREATE INDEX section_member_section ON section_member (section_id, student, person_id);
CREATE INDEX section_member_person ON section_member (person_id);

CREATE TABLE demographics (
    key TEXT PRIMARY KEY NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person (id),
    birth_date DATE,
    sex TEXT NOT NULL,
    race_ethnicity TEXT NOT NULL,
    hash BIGINT NOT NULL
);
CREATE INDEX demographics_person ON demographics (person_id);

CREATE TABLE characteristics (
    key TEXT PRIMARY KEY NOT NULL,
    student_id BIGINT NOT NULL REFERENCES person (id),
    birth_date DATE,
    language TEXT NOT NULL,
    special_education BOOLEAN,
    plan_504 BOOLEAN,
    english_learner BOOLEAN,
    homeless BOOLEAN,
    foster BOOLEAN,
    low_income BOOLEAN,
    race_ethnicity TEXT NOT NULL,
    sex TEXT NOT NULL,
    hash BIGINT NOT NULL
);
CREATE INDEX characteristics_student ON characteristics (student_id);

CREATE TABLE calendar_day (
    key TEXT PRIMARY KEY NOT NULL,
    school_id BIGINT NOT NULL REFERENCES org (id),
    school_year BIGINT NOT NULL,
    year_named BOOLEAN NOT NULL,
    date DATE NOT NULL,
    instructional BOOLEAN NOT NULL,
    term TEXT NOT NULL,
    minutes BIGINT,
    sessions BIGINT NOT NULL,
    hash BIGINT NOT NULL
);
CREATE INDEX calendar_day_school ON calendar_day (school_id, school_year, date);
CREATE INDEX calendar_day_date ON calendar_day (date);

-- `ends` is the first day no longer enrolled. `presumed_end` stands in for it where a later year's file leaves the
-- student out: they are no longer enrolled, though nobody said when they left.
CREATE TABLE enrollment (
    key TEXT PRIMARY KEY NOT NULL,
    student_id BIGINT NOT NULL REFERENCES person (id),
    school_id BIGINT NOT NULL REFERENCES org (id),
    school_year BIGINT NOT NULL,
    grade TEXT,
    entry DATE NOT NULL,
    ends DATE,
    presumed_end DATE,
    hash BIGINT NOT NULL
);
CREATE INDEX enrollment_student ON enrollment (student_id, entry);
CREATE INDEX enrollment_school ON enrollment (school_id, student_id);

CREATE TABLE contact (
    key TEXT PRIMARY KEY NOT NULL,
    student_id BIGINT NOT NULL REFERENCES person (id),
    contact_id TEXT NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    relation TEXT NOT NULL,
    is_primary BOOLEAN NOT NULL,
    lives_with BOOLEAN NOT NULL,
    emergency BOOLEAN NOT NULL,
    street TEXT NOT NULL,
    city TEXT NOT NULL,
    state TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    language TEXT NOT NULL,
    legal_restriction BOOLEAN NOT NULL,
    hash BIGINT NOT NULL
);
CREATE INDEX contact_student ON contact (student_id);

CREATE TABLE caseload (
    key TEXT PRIMARY KEY NOT NULL,
    staff_id BIGINT NOT NULL REFERENCES person (id),
    student_id BIGINT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL,
    hash BIGINT NOT NULL
);
CREATE INDEX caseload_staff ON caseload (staff_id, student_id);
CREATE INDEX caseload_student ON caseload (student_id);

CREATE TABLE bell (
    key TEXT PRIMARY KEY NOT NULL,
    school_id BIGINT NOT NULL REFERENCES org (id),
    period TEXT NOT NULL,
    starts BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    hash BIGINT NOT NULL
);

CREATE TABLE roll (
    key TEXT PRIMARY KEY NOT NULL,
    school_id BIGINT NOT NULL REFERENCES org (id),
    school_year BIGINT NOT NULL,
    date DATE NOT NULL,
    taken BOOLEAN NOT NULL,
    hash BIGINT NOT NULL
);

-- What marks may say, numbered in order of arrival; a number never changes its meaning.
CREATE TABLE shape (
    number BIGINT PRIMARY KEY NOT NULL,
    category TEXT NOT NULL,
    reason TEXT NOT NULL,
    fraction BIGINT,
    minutes BIGINT,
    session TEXT,
    period TEXT,
    unusable BOOLEAN NOT NULL
);

CREATE TABLE code_map (
    category TEXT PRIMARY KEY NOT NULL,
    meaning TEXT NOT NULL
);

-- Append-only: what was known when. `op` is 1 for a mark that came and -1 for one that went; a correction is both.
-- `more` holds further days of a run of equal marks.
CREATE TABLE ledger (
    seq BIGINT PRIMARY KEY NOT NULL,
    run_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    school_id BIGINT NOT NULL,
    school_year BIGINT NOT NULL,
    date DATE NOT NULL,
    op BIGINT NOT NULL,
    shape BIGINT NOT NULL,
    arrival BIGINT,
    departure BIGINT,
    more BLOB
);
CREATE INDEX ledger_student ON ledger (student_id, seq);

-- What is read: a student's year at a school, as one blob. Derived from the ledger.
CREATE TABLE strip (
    student_id BIGINT NOT NULL REFERENCES person (id),
    school_id BIGINT NOT NULL REFERENCES org (id),
    school_year BIGINT NOT NULL,
    strip BLOB NOT NULL,
    PRIMARY KEY (student_id, school_id, school_year)
);
CREATE INDEX strip_year ON strip (school_year, school_id);

CREATE TABLE school_last_row (
    school_id BIGINT PRIMARY KEY NOT NULL REFERENCES org (id),
    date DATE NOT NULL
);

CREATE TABLE sync_run (
    number BIGINT PRIMARY KEY NOT NULL,
    id BIGINT NOT NULL UNIQUE,
    started_at DATETIME NOT NULL,
    ended_at DATETIME NOT NULL,
    who TEXT NOT NULL,
    ledger_end BIGINT NOT NULL
);

CREATE TABLE table_count (
    run_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    file TEXT NOT NULL,
    rows_read BIGINT NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    set_aside BIGINT NOT NULL,
    PRIMARY KEY (run_id, number)
);

-- The rows set aside by the last run that was applied.
CREATE TABLE set_aside (
    number BIGINT PRIMARY KEY NOT NULL,
    file TEXT NOT NULL,
    line BIGINT NOT NULL,
    field TEXT,
    value TEXT NOT NULL,
    reason TEXT NOT NULL
);

-- What the rules said at the last evaluation; `finding` is the whole of it.
CREATE TABLE signal (
    number BIGINT PRIMARY KEY NOT NULL,
    student_id BIGINT NOT NULL REFERENCES person (id),
    school_id BIGINT,
    rule TEXT NOT NULL,
    pack TEXT NOT NULL,
    pack_version TEXT NOT NULL,
    school_year BIGINT NOT NULL,
    standing TEXT NOT NULL,
    standing_since DATE,
    numerator BIGINT NOT NULL,
    denominator BIGINT,
    unit TEXT NOT NULL,
    as_of DATE NOT NULL,
    current BOOLEAN NOT NULL,
    finding TEXT NOT NULL
);
CREATE INDEX signal_student ON signal (student_id);
CREATE INDEX signal_list ON signal (current, standing, rule);

-- The schools in the order in which findings number them.
CREATE TABLE signal_school (
    place BIGINT PRIMARY KEY NOT NULL,
    school_id BIGINT NOT NULL
);

-- What lists show of a student, as of the last evaluation.
CREATE TABLE student_summary (
    student_id BIGINT PRIMARY KEY NOT NULL REFERENCES person (id),
    school_id BIGINT,
    grade TEXT NOT NULL,
    grade_order BIGINT NOT NULL,
    enrolled BOOLEAN NOT NULL,
    missed BIGINT NOT NULL,
    days BIGINT NOT NULL,
    standing TEXT
);
CREATE INDEX student_summary_school ON student_summary (school_id, enrolled);

-- Attendance of a school by week, as of the last evaluation: known student-days, and those missed.
CREATE TABLE school_week (
    school_id BIGINT NOT NULL REFERENCES org (id),
    week DATE NOT NULL,
    days BIGINT NOT NULL,
    missed BIGINT NOT NULL,
    PRIMARY KEY (school_id, week)
);

-- Who may see what. `source` is `roster` (recomputed with each sync) or `invite` (made by the command).
CREATE TABLE grants (
    number BIGINT PRIMARY KEY NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL,
    scope_kind TEXT NOT NULL,
    scope_id BIGINT NOT NULL,
    valid_from DATE,
    valid_to DATE,
    source TEXT NOT NULL
);
CREATE INDEX grants_person ON grants (person_id);

CREATE TABLE session (
    token_hash BLOB PRIMARY KEY NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person (id),
    created_at DATETIME NOT NULL,
    last_seen_at DATETIME NOT NULL
);
CREATE INDEX session_person ON session (person_id);

CREATE TABLE invitation (
    token_hash BLOB PRIMARY KEY NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    used_at DATETIME
);

-- Who did what, chained: each hash covers the one before it.
CREATE TABLE audit (
    number BIGINT PRIMARY KEY NOT NULL,
    at DATETIME NOT NULL,
    actor BIGINT,
    kind TEXT NOT NULL,
    event TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
);

-- The only place where grants and relations are joined. `valid_*` are the grant's own days, `member_*` the student's in
-- the section; a section's days are compared with the last school day, all others with today. A student may come more than once.
CREATE VIEW visible_student AS
SELECT g.person_id, e.student_id, g.role, g.scope_kind AS because_kind, g.scope_id AS because_id,
       g.valid_from, g.valid_to, CAST(NULL AS DATE) AS member_from, CAST(NULL AS DATE) AS member_to
FROM grants g CROSS JOIN enrollment e
WHERE g.scope_kind = 'district'
UNION ALL
SELECT g.person_id, e.student_id, g.role, g.scope_kind, g.scope_id, g.valid_from, g.valid_to, NULL,
       -- Who went on to another school of the district is that school's to see; who left it stays with this one.
       CASE WHEN EXISTS (SELECT 1 FROM enrollment l WHERE l.student_id = e.student_id AND l.school_id <> e.school_id
                         AND l.entry > e.entry)
            THEN date(COALESCE(e.ends, e.presumed_end), '-1 day') END
FROM grants g JOIN enrollment e ON e.school_id = g.scope_id
WHERE g.scope_kind = 'school'
UNION ALL
SELECT g.person_id, m.person_id, g.role, g.scope_kind, g.scope_id, g.valid_from, g.valid_to, m.begins, m.ends
FROM grants g JOIN section_member m ON m.section_id = g.scope_id AND m.student
WHERE g.scope_kind = 'section'
UNION ALL
SELECT g.person_id, c.student_id, g.role, g.scope_kind, g.scope_id, g.valid_from, g.valid_to, NULL, NULL
FROM grants g JOIN caseload c ON c.staff_id = g.person_id
WHERE g.scope_kind = 'caseload'
UNION ALL
SELECT g.person_id, g.scope_id, g.role, g.scope_kind, g.scope_id, g.valid_from, g.valid_to, NULL, NULL
FROM grants g
WHERE g.scope_kind = 'child'
UNION ALL
SELECT g.person_id, g.person_id, g.role, g.scope_kind, g.scope_id, g.valid_from, g.valid_to, NULL, NULL
FROM grants g
WHERE g.scope_kind = 'own';
