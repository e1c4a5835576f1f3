//! Services that tests start for themselves, from binaries that are installed: on loopback, in a throwaway
//! directory, and gone with their handle.

pub mod redis;

/// Says that a test is skipped because a binary is not installed.
///
/// # Panics
/// If `TRUNKLINE_REQUIRE_SERVICES` is `1`: then no test may be skipped.
pub fn skip(binary: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "it tells how to test, and configures nothing"
    )]
    let required = std::env::var("TRUNKLINE_REQUIRE_SERVICES").is_ok_and(|value| value == "1");
    assert!(!required, "{binary} is not installed");
    eprintln!("skipped: {binary} is not installed");
}
