//! What a fake carrier is and must be able to do; the port in front of it does the rest.

use std::fmt::Debug;
use std::time::Duration;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::console::{ConsoleError, Step};
use crate::exchange::{Answer, Request, Visit};
use crate::ledger::Ledger;
use crate::options::Options;
use crate::provider::Trait;
use crate::settings::PlanError;

/// Which operation a request is, and whose limits it counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call<'r> {
    /// One of [`crate::OPERATIONS`].
    pub(crate) operation: &'static str,
    /// The account named in the request, or an empty text.
    pub(crate) account: &'r str,
}

/// The books and the stock of a fake: what the control port shows and sets.
pub(crate) trait Books: Debug + Send + Sync + 'static {
    /// The books, without the request counts.
    fn ledger(&self) -> Ledger;

    /// Makes the stock hold exactly so many numbers of a kind; returns how many it holds.
    fn set_stock(&self, order: &StockOrder) -> Result<usize, PlanError>;

    /// Charges another monthly price for a held number from now on, in US cents.
    fn reprice(&self, number: &str, cents: u32);

    /// Goes back to how it started.
    fn reset(&self);
}

/// What a person does with a number in the carrier's console.
pub(crate) trait Console {
    /// The request to the carrier's API that does it.
    fn console(&self, number: &str, step: Step<'_>) -> Result<Request, ConsoleError>;
}

/// Verifications by a call, at a carrier that has them.
pub(crate) trait Calls {
    /// What the callee hears or must key in for the newest open verification of `number`.
    fn validation_code(&self, _number: &str) -> Option<String> {
        None
    }

    /// Lets the callee of the newest open verification of `number` answer; `None` if there is no open one.
    fn answer_caller_id(&self, _number: &str, _outcome: CallOutcome) -> Option<Settled> {
        None
    }
}

/// One fake carrier. Every method is synchronous, so that no lock can be held across an await.
pub(crate) trait Carrier: Books + Console + Calls {
    /// Names the request; commits nothing.
    fn classify<'r>(&self, request: &'r Request) -> Call<'r>;

    fn answer(&self, request: &Request, visit: Visit<'_>) -> Answer;

    /// The carrier's usual refusal with a status that a fault or a limit asks for, without `Retry-After`.
    fn failure(&self, status: StatusCode) -> Answer;

    /// Puts on the headers that every answer has. `in_flight` counts the account's requests, `took` is how long this one
    /// took.
    fn finish(&self, answer: &mut Answer, in_flight: u32, took: Duration);

    /// The number that a purchase or a proof names, at a carrier whose requests name it.
    fn number_named(&self, _request: &Request) -> Option<String> {
        None
    }

    /// How many numbers a request writes, as far as that makes it slow.
    fn numbers_written(&self, _request: &Request) -> usize {
        1
    }

    /// The answer of the token endpoint to a grant that is not valid any more, if there is such an endpoint.
    fn dead_grant(&self) -> Option<Answer> {
        None
    }
}

/// How much stock there is to be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockOrder {
    /// ISO 3166-1 alpha-2: `US`.
    pub country: String,
    /// The area code, without a trunk prefix: `510`, `20`. By default the country's first one.
    #[serde(default)]
    pub area_code: Option<String>,
    /// `local` (the default), `mobile`, `toll_free`, `national`, `shared_cost` or `voip`.
    #[serde(default, rename = "type")]
    pub number_type: Option<String>,
    /// How many numbers of that area code are to be on sale.
    pub count: usize,
}

/// What the callee of a verification call does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// Gives the right code.
    #[default]
    Verified,
    /// Gives a wrong one.
    Failed,
    /// Never answers.
    NoAnswer,
}

#[derive(Clone, Debug)]
pub(crate) struct Settled {
    /// The carrier's id of the new caller ID, if there is one now.
    pub(crate) caller_id: Option<String>,
    /// What the carrier now tells the owner of the account.
    pub(crate) callback: Option<Callback>,
}

#[derive(Clone, Debug)]
pub(crate) struct Callback {
    /// `GET` or `POST`.
    pub(crate) method: http::Method,
    /// Where to; for `GET` the parameters are in it already.
    pub(crate) url: url::Url,
    /// Headers, signature included.
    pub(crate) headers: http::HeaderMap,
    /// The form, empty for `GET`.
    pub(crate) body: String,
}

/// All that the rest of the sandbox, and an account at it, must know of a fake.
#[derive(Debug)]
pub(crate) struct Descriptor {
    /// The name used in paths, faults and configuration: `twilio`.
    pub(crate) name: &'static str,
    pub(crate) make: fn(&Options, &Clock) -> Box<dyn Carrier>,
    pub(crate) traits: &'static [Trait],
    pub(crate) offers: fn(&str) -> bool,
    /// Where numbers are registered, if the carrier wants to know: the id of one of its locations.
    pub(crate) location: Option<&'static str>,
    /// The fields of [`crate::ConsoleChange`] that a person can change in its console.
    pub(crate) console: &'static [&'static str],
    /// The settings of an account at it, besides its address: key and value.
    pub(crate) account: &'static [(&'static str, &'static str)],
    /// Further settings of an example account, as TOML: prices that the carrier does not quote.
    pub(crate) example: &'static str,
    pub(crate) login: fn() -> String,
}
