//! What a user may show to whom it calls.

use std::sync::Arc;

use http::StatusCode;

use super::directory::Row;
use super::error::{ApiError, Result};
use super::tenants::{USERS, User};
use super::text::same_number;
use super::wire::{CallerId, Items};
use super::{Context, Wazo, json};
use crate::exchange::Answer;

impl Wazo {
    /// The main number, what calls come in by, what is shared, and nothing at all; each number once.
    pub(super) fn list_caller_ids(&self, context: &Context<'_>, user: &str) -> Result<Answer> {
        let user = find(context, user)?;
        let (main, shared) = {
            let directory = &self.lock().directory;
            let shared: Vec<Arc<Row>> = directory
                .of(user.tenant)
                .filter(|row| row.shared && !row.main)
                .map(Arc::clone)
                .collect();
            (directory.main(user.tenant).map(Arc::clone), shared)
        };
        let rows = main.iter().map(|row| ("main", row));
        let main = rows.clone().map(|(kind, row)| named(kind, row));
        let associated = user.associated.iter().map(|number| CallerId {
            kind: "associated",
            number: Some(number),
            caller_id_name: Some(""),
        });
        let shared = shared.iter().map(|row| named("shared", row));
        let mut items: Vec<CallerId<'_>> = Vec::new();
        for item in main.chain(associated).chain(shared) {
            let number = item.number.unwrap_or_default();
            let known = items
                .iter()
                .filter_map(|known| known.number)
                .any(|known| same_number(number, known));
            if !known {
                items.push(item);
            }
        }
        items.push(CallerId {
            kind: "anonymous",
            number: None,
            caller_id_name: None,
        });
        let total = items.len();
        Ok(json(StatusCode::OK, &Items { total, items }))
    }
}

fn named<'r>(kind: &'static str, row: &'r Row) -> CallerId<'r> {
    CallerId {
        kind,
        number: Some(&row.number),
        caller_id_name: Some(row.caller_id_name.as_deref().unwrap_or_default()),
    }
}

/// The user of that number or uuid, in the tenant of the request or below it.
fn find(context: &Context<'_>, text: &str) -> Result<&'static User> {
    let lower = text.to_ascii_lowercase();
    let id = text.parse::<u32>().ok();
    USERS
        .iter()
        .filter(|user| context.session.reaches(user.tenant))
        .find(|user| user.uuid == lower || Some(user.id) == id)
        .ok_or_else(|| {
            // How the user is named in the text is this fake's guess.
            let what = if text.bytes().all(|b| b.is_ascii_digit()) {
                format!("'id': {text}")
            } else {
                format!("'uuid': '{lower}'")
            };
            ApiError::not_found("User", &what)
        })
}
