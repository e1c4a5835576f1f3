//! How commands end, and what they say when they fail.

use std::io;
use std::process::ExitCode;

use serde::Deserialize;
use serde_json::{Value, json};
use trunkline_core::one_line;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// The arguments, the configuration or the input are wrong.
    Usage = 2,
    /// Done in part: some accounts failed, or a number was bought and not set up.
    Partial = 3,
    /// The outcome is not known yet: ask again later.
    Unknown = 4,
}

impl Exit {
    /// The exit status when some of several parts failed.
    pub(crate) const fn of(failed: usize, all: usize) -> Self {
        match failed {
            0 => Self::Done,
            _ if failed == all => Self::Failed,
            _ => Self::Partial,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    exit: Exit,
    message: Option<String>,
    details: Vec<String>,
    hints: Vec<String>,
    /// The problem document, if the API has answered one.
    document: Option<Value>,
}

impl Failure {
    /// What happened.
    pub(crate) fn message(&self) -> &str {
        self.message.as_deref().unwrap_or_default()
    }

    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: Some(message.into()),
            details: Vec::new(),
            hints: Vec::new(),
            document: None,
        }
    }

    /// Wrong arguments, configuration or input.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The command failed.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// An answer that could not be written. A reader that closed its pipe is no failure.
    pub(crate) fn unwritten(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            let message = None;
            return Self {
                message,
                ..Self::new(Exit::Done, "")
            };
        }
        Self::failed(format!("can't write the answer: {error}"))
    }

    /// Adds a line with details.
    #[must_use]
    pub(crate) fn with_detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// Adds a line with advice.
    #[must_use]
    pub(crate) fn with_hint(mut self, line: impl Into<String>) -> Self {
        self.hints.push(line.into());
        self
    }

    /// Keeps the problem document that the API has answered.
    #[must_use]
    pub(crate) fn with_document(mut self, document: Option<Value>) -> Self {
        self.document = document;
        self
    }

    /// The failure as a problem document: that of the API, or one of the same form. `None` if there is nothing to say.
    pub(crate) fn problem(&self) -> Option<Value> {
        let kind = match self.exit {
            Exit::Usage => "usage",
            Exit::Unknown => "unknown",
            Exit::Done | Exit::Failed | Exit::Partial => "failed",
        };
        let mut problem = match &self.document {
            Some(document) => document.clone(),
            None => {
                json!({ "kind": kind, "detail": self.message.as_ref()?, "errors": self.details })
            }
        };
        problem["hints"] = json!(self.hints);
        Some(problem)
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// The lines to write.
    pub(crate) fn lines(&self) -> Vec<String> {
        let message = self.message.iter().map(|text| format!("error: {text}"));
        let details = self.details.iter().map(|text| format!("  {text}"));
        let hints = self.hints.iter().map(|text| format!("hint: {text}"));
        let lines = message.chain(details).chain(hints);
        lines.map(|line| one_line(&line).into_owned()).collect()
    }
}

/// A problem document of the API.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    status: u16,
    detail: String,
    pub(crate) kind: String,
    account: Option<String>,
    provider: Option<String>,
    provider_code: Option<String>,
    provider_message: Option<String>,
    provider_request_id: Option<String>,
    retry_after: Option<u64>,
    effect: Option<String>,
    request_id: String,
    purchase_id: Option<String>,
    ids: Vec<String>,
    errors: Vec<FieldProblem>,
}

#[derive(Clone, Debug, Deserialize)]
struct FieldProblem {
    field: String,
    message: String,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let exit = match problem.status {
            400 => Exit::Usage,
            _ if problem.asks_a_person() => Exit::Unknown,
            _ => Exit::Failed,
        };
        let message = if problem.detail.is_empty() {
            &problem.kind
        } else {
            &problem.detail
        };
        let mut failure = Self::new(exit, format!("{message} ({})", problem.kind));
        for error in &problem.errors {
            if !problem.detail.contains(&error.message) {
                failure = failure.with_detail(format!("{}: {}", error.field, error.message));
            }
        }
        if let Some(line) = problem.carrier() {
            failure = failure.with_detail(line);
        }
        if problem.status >= 500 && !problem.request_id.is_empty() {
            failure = failure.with_detail(format!("request id: {}", problem.request_id));
        }
        problem.hints().into_iter().fold(failure, Self::with_hint)
    }
}

impl Problem {
    /// Whether the purchase waits for a person's decision.
    fn asks_a_person(&self) -> bool {
        self.kind == "conflict"
            && self.effect.as_deref() == Some("unknown")
            && self.purchase_id.is_some()
    }

    /// The carrier's own words.
    fn carrier(&self) -> Option<String> {
        let is_new = |text: &String| !self.detail.contains(text.as_str());
        let code = self.provider_code.as_ref();
        let code = code.map(|code| format!("code {code}"));
        let request = self.provider_request_id.as_ref();
        let request = request.map(|id| format!("its request id is {id}"));
        let said = [code, self.provider_message.clone(), request].into_iter();
        let said: Vec<String> = said.flatten().filter(is_new).collect();
        let who = self.provider.as_deref().unwrap_or("the carrier");
        let account = self.account.iter();
        let account: String = account.map(|account| format!(" at {account}")).collect();
        (!said.is_empty()).then(|| format!("{who}{account}: {}", said.join(", ")))
    }

    /// Advice.
    fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        let by_kind = match self.kind.as_str() {
            "not_available" => Some("stock changes: search again with `trunkline search`"),
            "unsupported" => Some("`trunkline accounts NAME` shows what an account can do"),
            "credential_refused" => {
                Some("the operator replaces the account's credential; `trunkline doctor` checks it")
            }
            "permission_denied" if self.provider.is_some() => {
                Some("check the account's rights at the carrier; `trunkline doctor` names them")
            }
            "unauthenticated" => {
                Some("give an API key of that gateway with TRUNKLINE_KEY or --key")
            }
            "payment_required" if self.provider.is_some() => {
                Some("top up the account at the carrier, or raise its limit")
            }
            "payment_required" if self.detail.contains("the key's spend") => Some(
                "`trunkline keys list` shows the spending limits of keys: release numbers, or use a key with a higher limit",
            ),
            "payment_required" => Some(
                "`trunkline accounts NAME` shows the spending limit: release numbers, or raise the limit",
            ),
            "upstream_unavailable" if self.detail.starts_with("can't tell who holds") => Some(
                "name it by its id, as `trunkline numbers list` shows it: only its account is asked then",
            ),
            "internal" => Some("search the gateway's log for the request id"),
            _ => None,
        };
        hints.extend(by_kind.map(ToOwned::to_owned));
        if !self.ids.is_empty() {
            hints.push(format!("choose one of them: {}", self.ids.join(", ")));
        }
        if let Some(id) = &self.purchase_id {
            let shows = if self.asks_a_person() {
                "shows what to look for in the carrier's console, and how to decide"
            } else {
                "shows what happened"
            };
            hints.push(format!("`trunkline purchases get {id}` {shows}"));
        }
        if let Some(seconds) = self.retry_after {
            hints.push(format!("try again in {}", wait(seconds)));
        }
        hints
    }
}

/// A duration for people, rounded up: `45 s`, `30 min`, `14 days`.
pub(crate) fn wait(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds.div_ceil(60)),
        7_200..=172_799 => format!("{} hours", seconds.div_ceil(3_600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_in_familiar_units() {
        let said = [5, 119, 120, 7_201, 1_209_600].map(wait);
        assert_eq!(said, ["5 s", "119 s", "2 min", "3 hours", "14 days"]);
    }

    fn lines(json: &str) -> (Exit, Vec<String>) {
        let failure = Failure::from(serde_json::from_str::<Problem>(json).unwrap());
        (failure.exit(), failure.lines())
    }

    #[test]
    fn bad_input_names_every_field_and_exits_with_2() {
        let (exit, lines) = lines(
            r#"{"status":400,"kind":"invalid_request","detail":"unknown: a, b","errors":[
                {"field":"a","message":"there is no such field"},{"field":"b","message":"there is no such field"}]}"#,
        );
        assert_eq!(exit, Exit::Usage);
        assert_eq!(lines[0], "error: unknown: a, b (invalid_request)");
        assert_eq!(
            lines[1..],
            ["  a: there is no such field", "  b: there is no such field"]
        );
    }

    #[test]
    fn unavailable_number_shows_the_carriers_code_and_the_advice_to_search_again() {
        let (exit, lines) = lines(
            r#"{"status":409,"kind":"not_available","detail":"taken","provider":"acme","account":"us",
                "provider_code":"21422","purchase_id":"pur_1"}"#,
        );
        assert_eq!(exit, Exit::Failed);
        assert_eq!(lines[1], "  acme at us: code 21422");
        assert!(
            lines[2].contains("trunkline search") && lines[3].contains("purchases get pur_1"),
            "{lines:?}"
        );
    }

    #[test]
    fn disputed_purchase_exits_as_unknown_and_names_the_next_command() {
        let (exit, lines) = lines(
            r#"{"status":409,"kind":"conflict","detail":"a person has to decide","effect":"unknown","purchase_id":"pur_1"}"#,
        );
        assert_eq!(exit, Exit::Unknown);
        assert!(
            lines[1].contains("purchases get pur_1` shows what to look for"),
            "{lines:?}"
        );
    }

    #[test]
    fn presumed_failure_and_conflict_without_effect_exit_as_failures() {
        for problem in [
            r#"{"status":504,"kind":"timeout","effect":"unknown","purchase_id":"pur_1"}"#,
            r#"{"status":409,"kind":"conflict","purchase_id":"pur_1"}"#,
        ] {
            assert_eq!(lines(problem).0, Exit::Failed);
        }
    }

    #[test]
    fn fields_in_the_message_are_not_repeated() {
        let (_, lines) = lines(
            r#"{"status":400,"kind":"invalid_request","detail":"limit: 1 to 100","errors":[{"field":"limit","message":"1 to 100"}]}"#,
        );
        assert_eq!(lines, ["error: limit: 1 to 100 (invalid_request)"]);
    }

    #[test]
    fn closed_pipe_of_the_reader_is_no_failure() {
        let failure = Failure::unwritten(&io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((failure.exit(), failure.lines().len()), (Exit::Done, 0));
    }
}
