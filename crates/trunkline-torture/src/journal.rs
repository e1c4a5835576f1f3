//! What trunkline says of its purchases and numbers, read over its API.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::accounts::{Line, first_id, first_name};
use crate::spend;
use crate::wire::{Ask, Wire};

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Purchase {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) account: String,
    pub(crate) number: String,
    pub(crate) number_id: Option<String>,
    pub(crate) late: bool,
    pub(crate) needs_person: Option<Question>,
    pub(crate) error: Option<Failure>,
    pub(crate) idempotency_key: String,
    pub(crate) configuration: Configuration,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) created_at: Timestamp,
    pub(crate) settled_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Configuration {
    pub(crate) state: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) account: String,
    pub(crate) number: String,
    #[serde(default)]
    pub(crate) presumed: bool,
    pub(crate) sent_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) looks: Vec<Look>,
}

impl Attempt {
    pub(crate) fn line(&self) -> Line {
        Line::new(&self.account, &self.number)
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Look {
    pub(crate) at: Timestamp,
    /// `held`, `absent` or `failed`.
    pub(crate) seen: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Question {
    pub(crate) why: String,
    pub(crate) provider_id: Option<String>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) t0: Option<Timestamp>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Failure {
    pub(crate) kind: String,
    pub(crate) retry_after: Option<u64>,
}

impl Purchase {
    pub(crate) fn succeeded(&self) -> bool {
        self.state == "succeeded"
    }

    pub(crate) fn is_of_allocation(&self) -> bool {
        self.idempotency_key.starts_with("alc_")
    }

    /// Where its last attempt was.
    pub(crate) fn line(&self) -> Line {
        Line::new(&self.account, &self.number)
    }

    /// When its last attempt was sent.
    pub(crate) fn sent_at(&self) -> Option<Timestamp> {
        self.attempts.last()?.sent_at
    }

    fn under_first_names(mut self) -> Self {
        self.account = first_name(&self.account).to_owned();
        self.number_id = self.number_id.as_deref().map(first_id);
        for attempt in &mut self.attempts {
            attempt.account = first_name(&attempt.account).to_owned();
        }
        self
    }

    /// Whether nothing is left to be done about it, but for what only a person can decide.
    pub(crate) fn is_done(&self) -> bool {
        let settled = self.succeeded() || self.state == "failed";
        settled && self.configuration.state != "pending"
    }
}

/// What an allocation says of itself.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Allocation {
    pub(crate) id: String,
    pub(crate) items: Vec<Item>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Item {
    pub(crate) purchase_id: Option<String>,
    pub(crate) state: String,
}

/// A number that an account holds.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) label: Option<String>,
}

/// Reads every purchase. Errors: no gateway answers, or not as documented.
pub(crate) async fn purchases(wire: &mut Wire) -> Result<Vec<Purchase>, String> {
    let all: Vec<Purchase> = pages(wire, "/v1/purchases?limit=100").await?;
    Ok(all.into_iter().map(Purchase::under_first_names).collect())
}

/// Reads the purchases that have a question open for a person, at most a page of them. Errors: as [`purchases`].
pub(crate) async fn questions(wire: &mut Wire) -> Result<Vec<Purchase>, String> {
    let path = "/v1/purchases?limit=100&needs_person=true";
    let rows: Vec<Purchase> = rows(&mut read(wire, path).await?, path)?;
    Ok(rows.into_iter().map(Purchase::under_first_names).collect())
}

/// Reads every number that an account holds. Errors: as [`purchases`].
pub(crate) async fn held(wire: &mut Wire, account: &str) -> Result<Vec<Held>, String> {
    let all: Vec<Held> = pages(wire, &format!("/v1/numbers?limit=100&account={account}")).await?;
    let first = |held: Held| Held {
        id: first_id(&held.id),
        ..held
    };
    Ok(all.into_iter().map(first).collect())
}

/// Reads an allocation. Errors: as [`purchases`].
pub(crate) async fn allocation(wire: &mut Wire, id: &str) -> Result<Allocation, String> {
    let shown = read(wire, &format!("/v1/allocations/{id}")).await?;
    serde_json::from_value(shown).map_err(|error| format!("{id}: {error}"))
}

/// The purchases in a state that is not settled, at most a page of them.
pub(crate) async fn open(wire: &mut Wire) -> Result<usize, String> {
    let mut open = 0;
    for state in ["intended", "dispatched", "unknown"] {
        let path = format!("/v1/purchases?limit=100&state={state}");
        open += rows::<Value>(&mut read(wire, &path).await?, &path)?.len();
    }
    Ok(open)
}

/// What trunkline says that an account or a key has committed a month, in cents; `path` is where it is shown.
pub(crate) async fn committed(wire: &mut Wire, path: &str) -> Result<Option<i64>, String> {
    let shown = read(wire, path).await?;
    let amount = shown["spend"]["monthly"]["committed"]["amount"].as_str();
    Ok(amount.and_then(spend::cents))
}

pub(crate) async fn on_sale(
    wire: &mut Wire,
    account: &str,
    area: &str,
) -> Result<Vec<String>, String> {
    let path = format!(
        "/v1/available-numbers?country=US&area_code={area}&accounts={account}&limit=100&timeout_ms=20000"
    );
    let rows: Vec<Value> = rows(&mut read(wire, &path).await?, &path)?;
    let number = |row: &Value| row["number"].as_str().map(ToOwned::to_owned);
    Ok(rows.iter().filter_map(number).collect())
}

async fn pages<T: for<'a> Deserialize<'a>>(wire: &mut Wire, path: &str) -> Result<Vec<T>, String> {
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let at = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let mut page = read(wire, &format!("{path}{at}")).await?;
        all.extend(rows::<T>(&mut page, path)?);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(all),
        }
    }
}

fn rows<T: for<'a> Deserialize<'a>>(page: &mut Value, path: &str) -> Result<Vec<T>, String> {
    serde_json::from_value(page["data"].take()).map_err(|error| format!("{path}: {error}"))
}

/// Reads a path. A gateway may be busy: it is asked a few times.
async fn read(wire: &mut Wire, path: &str) -> Result<Value, String> {
    const TRIES: u32 = 20;
    let ask = Ask::get(path);
    let mut last = "nobody answers".to_owned();
    for _ in 0..TRIES {
        match wire.ask(&ask).await {
            Some(answer) if answer.status == 200 => return Ok(answer.body),
            Some(answer) => last = answer.body.to_string(),
            None => {}
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    Err(format!("{path}: {last}"))
}
