-- What somebody has to know of a source: it is late, its run failed, or its run waits for a person.
CREATE TABLE alert (
    id BIGINT PRIMARY KEY NOT NULL,
    source_id BIGINT NOT NULL REFERENCES source (id),
    -- late, failed or stopped.
    kind TEXT COLLATE "C" NOT NULL,
    began_at TIMESTAMPTZ NOT NULL,
    -- When everybody who is to know was last told by mail.
    mailed_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    -- What happened once is one alert, whoever finds it and how often.
    UNIQUE (source_id, kind, began_at)
);
CREATE UNIQUE INDEX alert_open ON alert (source_id, kind) WHERE ended_at IS NULL;

-- Who has the mail that is on its way to several, so that another try passes them over. It goes when all have it.
CREATE TABLE alert_told (
    alert_id BIGINT NOT NULL REFERENCES alert (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    PRIMARY KEY (alert_id, person_id)
);
