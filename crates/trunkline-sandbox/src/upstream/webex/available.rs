//! Numbers by what they can be used for.

use super::error::{ApiError, Result};
use super::params::one_of;
use super::rows::{self, Row, available};
use super::state::{Context, Webex};
use crate::exchange::Answer;
use crate::json::object;

const LICENCES: &[&str] = &["Webex Calling Professional", "Webex Calling Standard"];

impl Webex {
    /// What can become the main number of a location: a mobile one can't.
    pub(super) fn numbers_of_location(&self, context: &Context<'_>) -> Result<Answer> {
        let location = self.lock().location(context.caller, context.id())?.uuid;
        self.available_numbers(context, |row| {
            row.location.uuid == location && !row.is(|number| number.mobile)
        })
    }

    /// What may become somebody's.
    pub(super) fn free_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        self.numbers_by_use(context, |row| {
            let free = row.owner.is_none() && !row.is(|number| number.reserved);
            free && !row.is_main()
        })
    }

    /// What calls can go to or come back to.
    pub(super) fn assigned_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        self.numbers_by_use(context, |row| row.owner.is_some())
    }

    fn numbers_by_use(
        &self,
        context: &Context<'_>,
        fits: impl Fn(&Row<'_>) -> bool,
    ) -> Result<Answer> {
        let params = context.query();
        let location = params.filled("locationId");
        let location = match location {
            Some(id) => Some(self.lock().location(context.caller, id)?.uuid),
            None => None,
        };
        self.available_numbers(context, |row| {
            location.is_none_or(|location| row.location.uuid == location) && fits(row)
        })
    }

    fn available_numbers(
        &self,
        context: &Context<'_>,
        fits: impl Fn(&Row<'_>) -> bool,
    ) -> Result<Answer> {
        one_of(
            "licenseType",
            context.query().filled("licenseType"),
            LICENCES,
        )?;
        let state = self.lock();
        let all = rows::of_org(&state, context.caller);
        let found: Vec<_> = all.iter().filter(|row| fits(row)).collect();
        self.available_page(context, &found, false)
    }

    /// What can be shown as caller ID: active numbers of the location, and of those that share its provider.
    pub(super) fn external_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let location = state.location(context.caller, context.id())?;
        let usable = |row: &&Row<'_>| {
            let near = row.location.uuid == location.uuid || row.location.shares_provider(location);
            near && row.is(|number| number.active && !number.mobile)
        };
        let all = rows::of_org(&state, context.caller);
        let found: Vec<_> = all.iter().filter(usable).collect();
        self.available_page(context, &found, true)
    }

    fn available_page(
        &self,
        context: &Context<'_>,
        rows: &[&Row<'_>],
        with_location: bool,
    ) -> Result<Answer> {
        let params = context.query();
        let wanted = params.list("phoneNumber");
        let name = params
            .filled("ownerName")
            .unwrap_or_default()
            .to_lowercase();
        if name.chars().count() > 255 {
            return Err(ApiError::bad("ownerName is longer than 255 characters"));
        }
        let digits = |number: &str| number.trim_start_matches('+').to_owned();
        let is_wanted = |row: &&&Row<'_>| {
            let number = row.number.map(|(text, _)| digits(text));
            let by_number = |number: &String| {
                wanted.is_empty() || wanted.iter().any(|wanted| digits(wanted) == *number)
            };
            let owner = row.owner.map(|owner| owner.name().to_lowercase());
            let by_name = name.is_empty() || owner.is_some_and(|owner| owner.contains(&name));
            number.as_ref().is_some_and(by_number) && by_name
        };
        let found: Vec<_> = rows.iter().filter(is_wanted).collect();
        self.paged(context, &found, |page| {
            let rows = page.iter().filter_map(|row| available(row, with_location));
            object! { "phoneNumbers": rows.collect::<Vec<_>>() }
        })
    }
}
