-- What sources say of attendance: how many rows name a school on each day of a school year, used or not.
CREATE TABLE rows_told (
    school_id BIGINT NOT NULL REFERENCES org (id),
    school_year BIGINT NOT NULL,
    -- Day numbers as in strips, each with its rows.
    days BLOB NOT NULL,
    PRIMARY KEY (school_id, school_year)
);

-- The school (as files have it) and the day that a row of attendance names.
ALTER TABLE set_aside ADD COLUMN school TEXT;
ALTER TABLE set_aside ADD COLUMN date DATE;
