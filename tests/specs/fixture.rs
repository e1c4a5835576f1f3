//! The fixtures of one carrier.

use std::path::Path;

use serde_json::Value;

use super::message::{Body, Exchange, Request, Response};

/// One case.
#[derive(Debug)]
pub(crate) struct Fixture {
    /// `purchase/bought`.
    pub(crate) name: String,
    pub(crate) exchanges: Vec<Exchange>,
    /// Whether the last answer is one that nobody can read, on purpose.
    pub(crate) unreadable: bool,
}

/// Every case below a directory that sends anything, in order.
///
/// # Errors
/// If a file can't be read.
pub(crate) fn load(directory: &Path) -> Result<Vec<Fixture>, String> {
    let mut fixtures = Vec::new();
    for operation in entries(directory)? {
        for case in entries(&directory.join(&operation))? {
            let path = directory.join(&operation).join(&case);
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{path:?}: {e}"))?;
            let value: Value = serde_json::from_str(&text).map_err(|e| format!("{path:?}: {e}"))?;
            let name = format!("{operation}/{}", case.trim_end_matches(".json"));
            fixtures.push(fixture(name, &value));
        }
    }
    fixtures.retain(|fixture| !fixture.exchanges.is_empty());
    Ok(fixtures)
}

fn entries(directory: &Path) -> Result<Vec<String>, String> {
    let found = std::fs::read_dir(directory).map_err(|e| format!("{directory:?}: {e}"))?;
    let mut names: Vec<String> = found
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    Ok(names)
}

fn fixture(name: String, value: &Value) -> Fixture {
    let exchanges = value["exchanges"].as_array().into_iter().flatten();
    Fixture {
        name,
        exchanges: exchanges.map(exchange).collect(),
        unreadable: value["expect"]["error"]["kind"] == "protocol",
    }
}

fn exchange(value: &Value) -> Exchange {
    let (request, response) = (&value["request"], &value["response"]);
    let text = |member: &str| request[member].as_str().unwrap_or_default().to_owned();
    let status = response["status"].as_u64();
    Exchange {
        request: Request {
            method: text("method"),
            path: text("path"),
            query: pairs(&request["query"]),
            headers: pairs(&request["headers"]),
            body: Body::of(&request["body"]),
        },
        response: Response {
            status: status.and_then(|s| s.try_into().ok()).unwrap_or_default(),
            headers: pairs(&response["headers"]),
            body: Body::of(&response["body"]),
        },
    }
}

/// The members of an object; one that has several values is there as often.
fn pairs(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let members = value.as_object().into_iter().flatten();
    let pairs = members.flat_map(|(name, value)| {
        let values = match value {
            Value::Array(values) => values.iter().map(text).collect(),
            one => vec![text(one)],
        };
        values.into_iter().map(|value| (name.clone(), value))
    });
    pairs.collect()
}
