//! The durable journal of trunkline, in SQL.
