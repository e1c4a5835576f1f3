//! The one HTTP pipeline through which every carrier is called.
pub mod request;
pub use request::{ApiRequest, Body, Replay};
