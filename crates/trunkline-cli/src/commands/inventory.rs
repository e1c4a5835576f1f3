//! `trunkline inventory`

mod tags;

use serde_json::{Value, json};

use crate::args::Format;
use crate::args::inventory::{
    InventoryCommand, InventoryExportArgs, InventoryListArgs, SummaryArgs, WhereArgs,
};
use crate::args::members::pairs;
use crate::call::{Call, Pairs, path};
use crate::failure::{Exit, Failure};
use crate::listing::Listing;
use crate::render::{INVENTORY, PLACES, SUMMARY};
use crate::session::{Collection, Ended, Session};

const ALL: Collection = Collection {
    path: tags::PATH,
    shape: INVENTORY,
    empty: "No number of the inventory matches.",
};

pub(super) async fn run(command: InventoryCommand, session: &mut Session<'_>) -> Ended {
    match command {
        InventoryCommand::List(args) => list(*args, None, session).await,
        InventoryCommand::Search(args) => {
            let words = args.words.join(" ");
            list(args.list, Some(words), session).await
        }
        InventoryCommand::Get(args) => session.get(&ALL, &args.id).await,
        InventoryCommand::Summary(args) => summary(&args, session).await,
        InventoryCommand::Export(args) => export(&args, session).await,
        InventoryCommand::Tag(args) => tags::run(&args, session).await,
    }
}

async fn list(args: InventoryListArgs, words: Option<String>, session: &mut Session<'_>) -> Ended {
    session.warn(args.filters.shared.unknown_type());
    let mut query = pairs(&args);
    query.extend(words.map(|words| ("q".into(), words)));
    let found = session.listed(&ALL, query, args.page).await?;
    note_age(found.sources(), session);
    Ok(found.exit())
}

/// Says which accounts have not been read, or not whole.
fn note_age(sources: &[Value], session: &mut Session<'_>) {
    for source in sources {
        let text = |name: &str| source[name].as_str();
        let account = text("account").unwrap_or_default();
        let named = format!("{account}: ");
        let error = text("error").map(|error| error.strip_prefix(&named).unwrap_or(error));
        let note = match (text("as_of"), error) {
            (None, None) => format!("not read yet: trunkline sync {account}"),
            (None, Some(error)) => format!("not read yet: {error}"),
            (Some(at), Some(error)) => format!("as of {at}: {error}"),
            (Some(_), None) => continue,
        };
        session.note_for_people(&format!("note: {account}: {note}"));
    }
}

async fn summary(args: &SummaryArgs, session: &mut Session<'_>) -> Ended {
    let call = Call::get(ALL.at("summary")).with_query(pairs(args));
    let reply = session.api.send(&call).await?;
    let report = reply.value()?;
    let mut rows = report["groups"].as_array().cloned().unwrap_or_default();
    for row in &mut rows {
        let values = row["by"].as_object().into_iter().flatten();
        let values = values.map(|(_, value)| value.as_str().unwrap_or("none"));
        let group = values.collect::<Vec<_>>().join(", ");
        row["group"] = Value::from(group);
    }
    let mut total = report["total"].clone();
    total["group"] = Value::from("total");
    rows.push(total);
    session.answer_items(&SUMMARY, &rows, &reply.body)?;
    note_age(
        report["sources"].as_array().map_or(&[], Vec::as_slice),
        session,
    );
    Ok(Exit::Done)
}

/// Writes a page at a time: the inventory may not fit into memory.
async fn export(args: &InventoryExportArgs, session: &mut Session<'_>) -> Ended {
    let mut query: Pairs = pairs(args);
    query.push(("limit".into(), "1000".to_owned()));
    let mut cursor: Option<String> = None;
    let mut is_first = true;
    loop {
        let after = cursor.take().map(|cursor| ("cursor".into(), cursor));
        let call = Call::get(ALL.path).with_query(query.iter().cloned().chain(after).collect());
        let reply = session.api.send(&call).await?;
        let next = reply.value()?["next_cursor"].as_str().map(str::to_owned);
        let rows = Listing::read(reply)?.items();
        let lines = match session.style.format {
            Format::Json => rows.iter().map(|row| format!("{row}\n")).collect(),
            Format::Table | Format::Csv => csv(&rows, is_first)?,
        };
        session.console.answer(&lines)?;
        if next.is_none() {
            return Ok(Exit::Done);
        }
        is_first = false;
        cursor = next;
    }
}

fn csv(rows: &[Value], with_header: bool) -> Result<String, Failure> {
    let text = INVENTORY.csv(rows)?;
    Ok(match text.split_once("\r\n") {
        Some((_, rest)) if !with_header => rest.to_owned(),
        _ => text,
    })
}

/// `trunkline where`
pub(super) async fn find(args: WhereArgs, session: &mut Session<'_>) -> Ended {
    let call = Call::get(path("/v1/where", &args.number));
    let reply = session.api.send(&call).await?;
    let found = reply.value()?;
    let all = |name: &str| found[name].as_array().cloned().unwrap_or_default();
    let places = all("places");
    session.answer_items(&PLACES, &places, &reply.body)?;
    if places.is_empty() {
        session.note_for_people("No account has it.");
    }
    for difference in all("differences") {
        session.note_for_people(&format!("note: {}", said(&difference)));
    }
    note_age(&all("sources"), session);
    Ok(Exit::Done)
}

/// What disagrees, in words.
fn said(difference: &Value) -> String {
    let values = || {
        let values = difference["values"].as_array().into_iter().flatten();
        let one = |it: &Value| {
            let id = it["number_id"].as_str().unwrap_or_default();
            format!("{id} has {}", it["value"])
        };
        values.map(one).collect::<Vec<_>>().join(", ")
    };
    match difference["what"].as_str().unwrap_or_default() {
        "label" => format!("the labels differ: {}", values()),
        "voice" => format!("calls are routed differently: {}", values()),
        "held_twice" => "two accounts that sell numbers hold it".to_owned(),
        "registered_but_held_nowhere" => {
            "it is registered, and no account that sells numbers holds it".to_owned()
        }
        "held_but_released" => format!(
            "it is registered, and {} was given back",
            difference["number_id"].as_str().unwrap_or_default()
        ),
        _ => json!(difference).to_string(),
    }
}
