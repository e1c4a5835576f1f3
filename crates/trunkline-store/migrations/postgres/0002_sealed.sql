-- Tokens that rotate, sealed with the configured secret key.
CREATE TABLE sealed (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
);
