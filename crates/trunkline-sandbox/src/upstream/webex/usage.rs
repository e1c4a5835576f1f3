//! What the numbers of a location are used for: standard, service, or where an emergency call comes from (ELIN).
//!
//! Which numbers can be changed, and with which codes others are refused, isn't published: unassigned ones here, but for
//! main, mobile and reserved ones.

use http::StatusCode;
use serde::Serialize;

use super::error::{ApiError, Result};
use super::ids;
use super::params::{Body, Params, invalid, texts};
use super::rows;
use super::state::Number;
use super::{Context, Webex, json};
use crate::exchange::Answer;

/// What numbers are to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Usage {
    Standard,
    Service,
    Elin,
}

impl Usage {
    fn of(params: &Params) -> Result<Self> {
        let name = params.get("action");
        match name.ok_or_else(|| ApiError::bad("Missing required parameter: action"))? {
            "modifyStandard" => Ok(Self::Standard),
            "modifyService" => Ok(Self::Service),
            "modifyElin" => Ok(Self::Elin),
            other => Err(invalid("action", other)),
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Orders<'a> {
    orders: [Order<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Order<'a> {
    order_id: String,
    status: &'static str,
    numbers: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
struct Outcome<'a> {
    number: &'a str,
    status: &'static str,
    usage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<[Flaw<'a>; 1]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Flaw<'a> {
    number: &'a str,
    error_type: &'static str,
    error_code: &'static str,
    error_title: &'static str,
    error_message: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Modifiable<'s> {
    phone_number: &'s str,
    state: &'static str,
    is_service_number: bool,
    toll_free_number: bool,
    main_number: bool,
    #[serde(rename = "isELIN")]
    is_elin: bool,
    is_reserved_number: bool,
    telephony_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'s> {
    phone_numbers: Vec<Modifiable<'s>>,
}

impl Webex {
    /// Everything at once, without pages.
    pub(super) fn modifiable_numbers(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let usage = Usage::of(&Params::of_query(context.request))?;
        let state = self.lock();
        let place = state.location(context.caller.org, id)?;
        let rows = state.numbers.iter();
        let open = rows.filter(|(text, number)| {
            number.location == place.uuid && usage.is_open_to(number, place.is_main(text))
        });
        let phone_numbers = open.map(|(text, number)| Modifiable {
            phone_number: text,
            state: rows::state_of(number),
            is_service_number: number.service,
            toll_free_number: number.toll_free,
            main_number: place.is_main(text),
            is_elin: number.elin,
            is_reserved_number: number.reserved,
            telephony_type: rows::telephony(number.mobile),
        });
        let document = Document {
            phone_numbers: phone_numbers.collect(),
        };
        Ok(json(StatusCode::OK, &document))
    }

    /// Changes what can be changed, and says of each number what became of it.
    pub(super) fn modify_numbers(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let usage = Usage::of(&Params::of_query(context.request))?;
        let body = Body::of(context.request)?;
        let numbers = texts(body.0.get("numbers"), "numbers")?;
        let mut state = self.lock();
        let place = state.location(context.caller.org, id)?.clone();
        let mut outcomes = Vec::new();
        for text in &numbers {
            let main = place.is_main(text);
            let held = state.numbers.get_mut(text);
            let held = held.filter(|number| number.location == place.uuid);
            outcomes.push(match held {
                Some(number) if usage.is_open_to(number, main) => {
                    number.service = usage == Usage::Service;
                    number.elin = usage == Usage::Elin;
                    outcome(text, usage, None)
                }
                Some(number) => outcome(text, Usage::of_number(number), Some("NOT_MODIFIABLE")),
                None => outcome(text, Usage::Standard, Some("NUMBER_NOT_FOUND")),
            });
        }
        let failed = outcomes.iter().filter(|outcome| outcome.errors.is_some());
        let status = match failed.count() {
            0 => "PROVISIONED",
            failed if failed == outcomes.len() => "ERROR",
            _ => "PARTIAL",
        };
        let order = Order {
            order_id: ids::encode("ORDER", self.new_uuid()),
            status,
            numbers: outcomes,
        };
        Ok(json(StatusCode::OK, &Orders { orders: [order] }))
    }
}

fn outcome<'a>(number: &'a str, usage: Usage, flaw: Option<&'static str>) -> Outcome<'a> {
    Outcome {
        number,
        status: if flaw.is_some() { "FAILED" } else { "SUCCESS" },
        usage: usage.name(),
        errors: flaw.map(|title| {
            [Flaw {
                number,
                error_type: "VERIFICATION",
                error_code: "ERR.V.TRM.TMN60004",
                error_title: title,
                error_message: format!("The usage of {number} cannot be changed"),
            }]
        }),
    }
}
