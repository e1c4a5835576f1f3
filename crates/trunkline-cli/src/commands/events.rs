//! `trunkline events`

use std::time::Duration;

use serde_json::{Value, json};

use crate::args::Format;
use crate::args::trails::{EventFilterArgs, EventListArgs, EventsCommand};
use crate::call::Call;
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::render::trails::EVENTS;
use crate::server::signal::signal;
use crate::session::Session;

const PATH: &str = "/v1/events";

/// Most that one page holds.
const PAGE: usize = 100;

/// Pause before it is looked for something new.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn run(
    command: EventsCommand,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    match command {
        EventsCommand::List(args) => list(args, api, session).await,
        EventsCommand::Tail(args) => tail(args, api, session).await,
    }
}

/// A page: its events, and where to go on.
async fn page(
    api: &Api,
    filter: &EventFilterArgs,
    (after, limit): (Option<&str>, usize),
) -> Result<(Vec<Value>, String), Failure> {
    let mut query = filter.query();
    query.push(("limit".into(), limit.to_string()));
    query.extend(after.map(|after| ("after".into(), after.to_owned())));
    let page = api
        .send(&Call::get(PATH).with_query(query))
        .await?
        .value()?;
    let events = page["data"].as_array().cloned().unwrap_or_default();
    let next = page["next_cursor"].as_str().unwrap_or_default();
    Ok((events, next.to_owned()))
}

async fn list(
    args: EventListArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let wanted = if args.all { usize::MAX } else { args.limit };
    let mut all = Vec::new();
    let mut after = args.filter.after.clone();
    loop {
        let limit = (wanted - all.len()).min(PAGE);
        let (events, next) = page(api, &args.filter, (after.as_deref(), limit)).await?;
        let is_last = events.len() < limit;
        all.extend(events);
        after = Some(next);
        if is_last || all.len() >= wanted {
            break;
        }
    }
    let body = json!({ "data": all, "next_cursor": after, "sources": [] }).to_string();
    let text = session.style.list(&EVENTS, &all, &body)?;
    session.console.answer(&text)?;
    if all.is_empty() && session.is_for_people() {
        session.console.note("No event matches.");
    }
    Ok(Exit::Done)
}

async fn tail(
    filter: EventFilterArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let stop = signal()?;
    let telling = async {
        let mut after = filter.after.clone().unwrap_or_else(|| "latest".to_owned());
        loop {
            let (events, next) = page(api, &filter, (Some(&after), PAGE)).await?;
            for event in &events {
                session
                    .console
                    .answer(&line(session.global.output, event))?;
            }
            after = next;
            if events.len() < PAGE {
                tokio::time::sleep(PAUSE).await;
            }
        }
    };
    tokio::select! {
        told = telling => told,
        () = stop => Ok(Exit::Done),
    }
}

/// An event as one line.
fn line(format: Format, event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    match format {
        Format::Json | Format::Csv => event.to_string(),
        Format::Table => format!(
            "{}  {}  {} #{}  {}",
            text("at"),
            text("type"),
            text("resource"),
            event["sequence"],
            event["data"]
        ),
    }
}
