-- What is committed, in millionths of the currency's unit: one row a purse, so that one conditional write takes from
-- it. Rewritten often, and in place where its page has room.
CREATE TABLE purses (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    spent BIGINT NOT NULL
) WITH (fillfactor = 50);

-- What each purchase has taken, to be given back when it fails or, if it is monthly, when its number is released.
CREATE TABLE charges (
    purchase TEXT COLLATE "C" NOT NULL,
    purse TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    monthly BIGINT NOT NULL,
    PRIMARY KEY (purchase, purse)
);
