//! What a user may show to whom it calls.

use super::directory::caller_id;
use super::error::{ApiError, Result};
use super::state::{Context, Wazo};
use super::tenants::{USERS, User};
use super::text::same_number;
use crate::exchange::Answer;
use crate::json::object;
use crate::text::is_digits;

impl Wazo {
    /// The main number, what calls come in by, what is shared, and nothing at all; each number once.
    pub(super) fn list_caller_ids(&self, context: &Context<'_>) -> Result<Answer> {
        let user = find(context)?;
        let state = self.lock();
        let directory = &state.directory;
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let main = directory.main(user.tenant).into_iter();
        let main = main.map(|row| ("main", row.number.as_str(), name(&row.caller_id_name)));
        let associated = user.associated.iter();
        let associated = associated.map(|number| ("associated", *number, String::new()));
        let shared = directory
            .of(user.tenant)
            .filter(|row| row.shared && !row.main);
        let shared = shared.map(|row| ("shared", row.number.as_str(), name(&row.caller_id_name)));
        let mut known: Vec<&str> = Vec::new();
        let mut items = Vec::new();
        for (kind, number, name) in main.chain(associated).chain(shared) {
            if !known.iter().any(|known| same_number(number, known)) {
                known.push(number);
                items.push(caller_id(kind, Some(number), Some(name)));
            }
        }
        items.push(caller_id("anonymous", None, None));
        let document = object! { "total": items.len(), "items": &items };
        Ok(Answer::ok(&document))
    }
}

/// The user of that number or uuid, in the tenant of the request or below it.
fn find(context: &Context<'_>) -> Result<&'static User> {
    let text = context.id();
    let lower = text.to_ascii_lowercase();
    let id = text.parse::<u32>().ok();
    USERS
        .iter()
        .filter(|user| context.caller.reaches(user.tenant))
        .find(|user| user.uuid == lower || Some(user.id) == id)
        .ok_or_else(|| {
            // How the user is named in the text is this fake's guess.
            let what = if is_digits(text) {
                format!("'id': {text}")
            } else {
                format!("'uuid': '{lower}'")
            };
            ApiError::not_found("User", &what)
        })
}
