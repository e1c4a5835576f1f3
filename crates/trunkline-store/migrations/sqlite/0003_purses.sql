-- What is committed, in millionths of the currency's unit: one row a purse, so that one conditional write takes from it.
CREATE TABLE purses (
    name TEXT NOT NULL PRIMARY KEY,
    spent INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What each purchase has taken, to be given back when it fails or, if it is monthly, when its number is released.
CREATE TABLE charges (
    purchase TEXT NOT NULL,
    purse TEXT NOT NULL,
    amount INTEGER NOT NULL,
    monthly INTEGER NOT NULL,
    PRIMARY KEY (purchase, purse)
) STRICT, WITHOUT ROWID;
