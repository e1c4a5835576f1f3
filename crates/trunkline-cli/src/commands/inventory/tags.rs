//! `trunkline inventory tag`

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::args::inventory::TagArgs;
use crate::call::{Call, path};
use crate::failure::{Exit, Failure};
use crate::render::{TAGGED, TAGS};
use crate::session::{Ended, Session};

/// The inventory.
pub(super) const PATH: &str = "/v1/inventory";

pub(super) async fn run(args: &TagArgs, session: &mut Session<'_>) -> Ended {
    if let Some(file) = &args.from {
        if args.has_filters() {
            return Err(Failure::usage("--from and filters can't be used together"));
        }
        return from_file(file, args.apply, session).await;
    }
    let call = Call::patch(PATH).with_body(args.body()?);
    let ended = session.show(&call, &TAGGED).await?;
    if !args.apply {
        session.note_for_people("Nothing is changed yet: add --apply to change it.");
    }
    Ok(ended)
}

/// A row of the file.
#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    number: Option<String>,
    tags: String,
}

impl Row {
    fn name(&self) -> Option<&str> {
        let named = |text: &&str| !text.trim().is_empty();
        let id = self.id.as_deref().filter(named);
        id.or_else(|| self.number.as_deref().filter(named))
    }

    fn tags(&self) -> Vec<&str> {
        let tags = self.tags.split(';').map(str::trim);
        tags.filter(|tag| !tag.is_empty()).collect()
    }
}

/// Reads the whole file before the first change.
fn read(file: &Path) -> Result<Vec<Row>, Failure> {
    let wrong = |error: csv::Error| Failure::usage(format!("{}: {error}", file.display()));
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(file)
        .map_err(wrong)?;
    let mut rows = Vec::new();
    for (at, row) in reader.deserialize::<Row>().enumerate() {
        let row = row.map_err(wrong)?;
        if row.name().is_none() {
            let line = at + 2;
            let message = format!("{}, line {line}: id or number is needed", file.display());
            return Err(Failure::usage(message));
        }
        rows.push(row);
    }
    Ok(rows)
}

async fn from_file(file: &Path, apply: bool, session: &mut Session<'_>) -> Ended {
    let rows = read(file)?;
    let (mut outcomes, mut failed) = (Vec::new(), 0);
    for row in &rows {
        let name = row.name().unwrap_or_default();
        let outcome = match tag(name, row, apply, session).await {
            Ok(done) => {
                let changed = done["changed"].as_u64().unwrap_or_default() > 0;
                let state = match (changed, apply) {
                    (true, true) => "changed",
                    (true, false) => "would change",
                    (false, _) => "unchanged",
                };
                json!({ "number": name, "outcome": state, "tags": row.tags() })
            }
            Err(failure) => {
                failed += 1;
                let error = failure.message();
                json!({ "number": name, "outcome": "failed", "tags": row.tags(), "error": error })
            }
        };
        outcomes.push(outcome);
    }
    let body = json!({ "applied": apply, "data": outcomes }).to_string();
    session.answer_items(&TAGS, &outcomes, &body)?;
    if !apply {
        session.note_for_people("Nothing is changed yet: add --apply to change it.");
    }
    Ok(Exit::of(failed, rows.len()))
}

/// Changes the one number of this id or E.164.
async fn tag(name: &str, row: &Row, apply: bool, session: &Session<'_>) -> Result<Value, Failure> {
    let item = session.api.get(&path(PATH, name)).await?;
    let Some(number) = item["number"].as_str() else {
        return tag_extension(&item, row, apply, session).await;
    };
    let select = json!({ "account": item["account"], "number": number });
    let body = json!({ "select": select, "tags": row.tags(), "apply": apply });
    let call = Call::patch(PATH).with_body(body);
    session.api.send(&call).await?.value()
}

/// A bare extension is no filter.
async fn tag_extension(
    item: &Value,
    row: &Row,
    apply: bool,
    session: &Session<'_>,
) -> Result<Value, Failure> {
    let changed = item["tags"] != json!(row.tags());
    if changed && apply {
        let id = item["id"].as_str().unwrap_or_default();
        let call = Call::patch(path("/v1/numbers", id));
        let call = call.with_body(json!({ "tags": row.tags() }));
        session.api.send(&call).await?;
    }
    Ok(json!({ "changed": u64::from(changed) }))
}
