//! The tables of requests and grants.

/// Each step is applied once, in order; add to the end, never change what is there.
pub(super) const MIGRATIONS: &[&str] = &["
    CREATE TABLE plans (
        digest     TEXT    PRIMARY KEY NOT NULL,
        canonical  BLOB    NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE requests (
        seq        INTEGER PRIMARY KEY,
        id         TEXT    NOT NULL UNIQUE,
        plan       TEXT    NOT NULL REFERENCES plans (digest),
        client     TEXT    NOT NULL,
        name       TEXT    NOT NULL,
        key        TEXT,
        state      TEXT    NOT NULL,
        rev        INTEGER NOT NULL,
        created    INTEGER NOT NULL,
        expires    INTEGER NOT NULL,
        expires_up INTEGER,
        last       INTEGER,
        last_up    INTEGER,
        policy     INTEGER,
        claim      TEXT,
        detail     TEXT    NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX requests_key ON requests (client, key) WHERE key IS NOT NULL;
    CREATE INDEX requests_of ON requests (client, seq);
    CREATE INDEX requests_open ON requests (state) WHERE state IN
        ('received', 'pending', 'orphaned', 'approved', 'claimed', 'running');
    CREATE TABLE grants (
        id         TEXT    PRIMARY KEY NOT NULL,
        client     TEXT    NOT NULL,
        state      TEXT    NOT NULL,
        uses_left  INTEGER,
        boot       TEXT    NOT NULL,
        detail     TEXT    NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE policies (
        rev        INTEGER PRIMARY KEY,
        sha256     TEXT    NOT NULL,
        source     TEXT    NOT NULL,
        loaded_at  INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX grants_active ON grants (client) WHERE state = 'active';
"];
