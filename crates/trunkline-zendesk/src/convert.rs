//! Zendesk's documents to the unified model: below is all that names both.

mod available;
mod caller_ids;
mod fields;
mod held;

pub(crate) use available::available;
pub(crate) use caller_ids::{caller_id, is_caller_id};
pub(crate) use held::{digital_line, international, is_digital, number};

#[cfg(test)]
mod tests;
