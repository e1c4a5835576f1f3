//! Numbers by what they can be used for.

use serde::Serialize;

use super::error::{ApiError, Result};
use super::params::Params;
use super::route::Available;
use super::rows::{self, AvailableRow, Row};
use super::{Context, Webex};
use crate::exchange::Answer;

const LICENCES: &[&str] = &["Webex Calling Professional", "Webex Calling Standard"];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'s> {
    phone_numbers: Vec<AvailableRow<'s>>,
}

impl Webex {
    pub(super) fn available_numbers(
        &self,
        context: &Context<'_>,
        which: &Available<'_>,
    ) -> Result<Answer> {
        let params = Params::of_query(context.request);
        params.one_of("licenseType", LICENCES)?;
        let state = self.lock();
        let org = context.caller.org;
        let location = match which {
            Available::OfLocation(id) | Available::CallerId(id) => Some(state.location(org, id)?),
            Available::ToAssign | Available::Assigned => params
                .get("locationId")
                .map(|id| state.location(org, id))
                .transpose()?,
        };
        let fits = |row: &&Row<'_>| {
            let free = row.owner.is_none() && !row.is(|number| number.reserved);
            location.is_none_or(|location| row.location.uuid == location.uuid)
                && match which {
                    // What can become the main number: a mobile one can't.
                    Available::OfLocation(_) => !row.is(|number| number.mobile),
                    Available::ToAssign => free && !row.is_main(),
                    Available::CallerId(_) | Available::Assigned => row.owner.is_some(),
                }
        };
        let all = rows::of_org(&state, org);
        let found: Vec<_> = all.iter().filter(fits).collect();
        self.available_page(context, &found, false)
    }

    /// What can be shown as caller ID: active numbers of the location, and of those that share its provider.
    pub(super) fn external_numbers(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let state = self.lock();
        let org = context.caller.org;
        let location = state.location(org, id)?;
        let near = |row: &&Row<'_>| {
            row.location.uuid == location.uuid || row.location.shares_provider(location)
        };
        let usable = |row: &&Row<'_>| row.is(|number| number.active && !number.mobile);
        let all = rows::of_org(&state, org);
        let found: Vec<_> = all.iter().filter(near).filter(usable).collect();
        self.available_page(context, &found, true)
    }

    fn available_page(
        &self,
        context: &Context<'_>,
        rows: &[&Row<'_>],
        with_location: bool,
    ) -> Result<Answer> {
        let params = Params::of_query(context.request);
        let wanted = params.list("phoneNumber");
        let name = params.get("ownerName").unwrap_or_default().to_lowercase();
        if name.chars().count() > 255 {
            return Err(ApiError::bad("ownerName is longer than 255 characters"));
        }
        let is_wanted = |row: &&&Row<'_>| {
            let number = row.number.map(|(text, _)| text.trim_start_matches('+'));
            let by_number = wanted.is_empty()
                || number.is_some_and(|number| {
                    wanted.iter().any(|w| w.trim_start_matches('+') == number)
                });
            let by_name = name.is_empty()
                || row
                    .owner
                    .is_some_and(|owner| owner.name().to_lowercase().contains(&name));
            number.is_some() && by_number && by_name
        };
        let found: Vec<_> = rows.iter().filter(is_wanted).collect();
        self.paged(context, &found, |page| Document {
            phone_numbers: page
                .iter()
                .filter_map(|row| AvailableRow::of(row, with_location))
                .collect(),
        })
    }
}
