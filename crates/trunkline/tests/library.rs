//! The library as its users see it.

#[path = "../examples/library.rs"]
#[expect(
    dead_code,
    reason = "an example's main is called by nobody but its user"
)]
mod example;

#[path = "library/config.rs"]
mod config;
#[path = "library/walkthrough.rs"]
mod walkthrough;
