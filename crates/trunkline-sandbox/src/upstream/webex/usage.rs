//! What the numbers of a location are used for: standard, service, or where an emergency call comes from (ELIN).
//!
//! Which numbers can be changed, and with which codes others are refused, isn't published: unassigned ones here, but for
//! main, mobile and reserved ones.

use super::error::{ApiError, Result};
use super::ids;
use super::params::{Body, texts};
use super::rows;
use super::state::{Context, Number, Webex};
use crate::exchange::Answer;
use crate::json::object;
use crate::query::Query;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Usage {
    Standard,
    Service,
    Elin,
}

impl Usage {
    fn of(params: &Query) -> Result<Self> {
        let name = params.filled("action");
        match name.ok_or_else(|| ApiError::bad("Missing required parameter: action"))? {
            "modifyStandard" => Ok(Self::Standard),
            "modifyService" => Ok(Self::Service),
            "modifyElin" => Ok(Self::Elin),
            other => Err(ApiError::invalid("action", other)),
        }
    }

    const fn of_number(number: &Number) -> Self {
        match (number.elin, number.service) {
            (true, _) => Self::Elin,
            (false, true) => Self::Service,
            (false, false) => Self::Standard,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Standard => "NONE",
            Self::Service => "SERVICE",
            Self::Elin => "ELIN",
        }
    }

    /// Whether a number can be used for this and is not yet.
    fn is_open_to(self, number: &Number, main: bool) -> bool {
        let free = number.owner.is_none() && !main && !number.mobile && !number.reserved;
        free && Self::of_number(number) != self && (self != Self::Elin || !number.toll_free)
    }
}

impl Webex {
    /// Everything at once, without pages.
    pub(super) fn modifiable_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let usage = Usage::of(&context.query())?;
        let state = self.lock();
        let place = state.location(context.caller, context.id())?;
        let open = state.numbers.iter().filter(|(text, number)| {
            number.location == place.uuid && usage.is_open_to(number, place.is_main(text))
        });
        let rows = open.map(|(text, number)| {
            object! {
                "phoneNumber": text,
                "state": rows::state_of(number),
                "isServiceNumber": number.service,
                "tollFreeNumber": number.toll_free,
                "mainNumber": place.is_main(text),
                "isELIN": number.elin,
                "isReservedNumber": number.reserved,
                "telephonyType": rows::telephony(number.mobile),
            }
        });
        Ok(Answer::ok(
            &object! { "phoneNumbers": rows.collect::<Vec<_>>() },
        ))
    }

    /// Changes what can be changed, and reports for each number what became of it.
    pub(super) fn modify_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let usage = Usage::of(&context.query())?;
        let body = Body::of(context.request)?;
        let numbers = texts(body.0.get("numbers"), "numbers")?;
        let mut state = self.lock();
        let place = state.location(context.caller, context.id())?.clone();
        let mut failed = 0;
        let mut outcomes = Vec::new();
        for text in &numbers {
            let main = place.is_main(text);
            let held = state.numbers.get_mut(text);
            let held = held.filter(|number| number.location == place.uuid);
            let (became, flaw) = match held {
                Some(number) if usage.is_open_to(number, main) => {
                    number.service = usage == Usage::Service;
                    number.elin = usage == Usage::Elin;
                    (usage, None)
                }
                Some(number) => (Usage::of_number(number), Some("NOT_MODIFIABLE")),
                None => (Usage::Standard, Some("NUMBER_NOT_FOUND")),
            };
            failed += usize::from(flaw.is_some());
            outcomes.push(object! {
                "number": text,
                "status": if flaw.is_some() { "FAILED" } else { "SUCCESS" },
                "usage": became.name(),
                "errors"?: flaw.map(|title| [object! {
                    "number": text,
                    "errorType": "VERIFICATION",
                    "errorCode": "ERR.V.TRM.TMN60004",
                    "errorTitle": title,
                    "errorMessage": format!("The usage of {text} cannot be changed"),
                }]),
            });
        }
        let status = match failed {
            0 => "PROVISIONED",
            failed if failed == outcomes.len() => "ERROR",
            _ => "PARTIAL",
        };
        let order = object! {
            "orderId": ids::encode("ORDER", self.new_uuid()),
            "status": status,
            "numbers": outcomes,
        };
        Ok(Answer::ok(&object! { "orders": [order] }))
    }
}
