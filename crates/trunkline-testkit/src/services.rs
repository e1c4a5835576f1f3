//! Servers that tests start for themselves from what is installed, each in a directory of its own and
//! on a free loopback port. Where one is not installed its tests are skipped, which is said in one line;
//! with `TRUNKLINE_REQUIRE_SERVICES=1` they fail.

#![expect(
    clippy::unwrap_used,
    reason = "a server that does not start fails its tests by panicking"
)]

pub mod postgres;
pub mod redis;

use std::io::Write;

/// Says that tests are skipped for want of a server.
///
/// # Panics
/// If `TRUNKLINE_REQUIRE_SERVICES` is `1`: then no test may be skipped.
pub fn skip(what: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by the environment, there is no configuration"
    )]
    let required = std::env::var("TRUNKLINE_REQUIRE_SERVICES").is_ok_and(|value| value == "1");
    assert!(!required, "{what} is not installed, and required");
    // Not by a macro, whose output the test harness keeps to itself.
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {what} is not installed (TRUNKLINE_REQUIRE_SERVICES=1 makes that a failure)"
    );
}
