//! One search over every account at once.

mod candidates;
mod quote;
mod service;
mod stream;

pub(crate) use candidates::CANDIDATES_KEPT;
pub use candidates::{Pool, Preference};
pub use quote::{Found, SearchAnswer, SearchRequest, SearchSort};
pub use service::Search;
pub(crate) use service::{entries_of, too_late};
pub use stream::SearchPart;
