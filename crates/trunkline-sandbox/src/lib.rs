//! Stateful fakes of the carriers, for tests and trials without an account.
