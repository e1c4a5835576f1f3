//! What the adapters read and write alike: lenient values, documents whose members may be missing, pages of lists,
//! webhooks, and options of a carrier's own.

mod caller_id;
mod capabilities;
pub(crate) mod check;
mod date;
mod document;
mod fields;
mod fit;
mod held;
mod lenient;
mod offset;
mod range;
mod rows;
mod scalar;
mod settings;
mod sighting;
mod unnamed;

pub use caller_id::listed_caller_id;
pub use capabilities::Capabilities;
pub use check::{
    is_uuid, lower_uuid, only_writable, plain_line, reject, unsupported, uuid, web_address,
    wrong_setting,
};
pub use date::{date, take_date};
#[doc(hidden)]
pub use document::serde;
pub use document::{Document, Member, read_document};
pub use fields::{AddressFields, Fields, WebhookFields};
pub use fit::{address_fits, address_requirement, misfit};
pub use held::{data_with, incomplete, lacks, number};
pub use lenient::{Lenient, List};
pub use offset::Offset;
pub use range::numbers_of;
pub use rows::{Listing, Pages, Rows};
pub use scalar::{Flag, Text};
pub use settings::{Setting, settings};
pub use sighting::row;
pub use unnamed::Unnamed;
