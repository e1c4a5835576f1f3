//! `trunkline events`

use std::time::Duration;

use serde_json::{Value, json};

use crate::args::Format;
use crate::args::members::pairs;
use crate::args::trails::{EventFilterArgs, EventListArgs, EventsCommand};
use crate::call::Call;
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::render::EVENTS;
use crate::server::signal::signal;
use crate::session::{Ended, Session};

const PATH: &str = "/v1/events";

/// Most events of one page.
const PAGE: usize = 100;

/// Pause between two looks for new events.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn run(command: EventsCommand, session: &mut Session<'_>) -> Ended {
    match command {
        EventsCommand::List(args) => list(args, session).await,
        EventsCommand::Tail(args) => tail(args, session).await,
    }
}

/// A page of events, and the cursor after it.
struct Page {
    events: Vec<Value>,
    next: String,
}

/// At most `limit` events after a cursor.
async fn page(
    api: &Api,
    filter: &EventFilterArgs,
    after: Option<&str>,
    limit: usize,
) -> Result<Page, Failure> {
    let mut query = pairs(filter);
    query.push(("limit".into(), limit.to_string()));
    query.extend(after.map(|after| ("after".into(), after.to_owned())));
    let call = Call::get(PATH).with_query(query);
    let page = api.send(&call).await?.value()?;
    let next = page["next_cursor"].as_str().unwrap_or_default();
    Ok(Page {
        events: page["data"].as_array().cloned().unwrap_or_default(),
        next: next.to_owned(),
    })
}

async fn list(args: EventListArgs, session: &mut Session<'_>) -> Ended {
    let wanted = if args.all { usize::MAX } else { args.limit };
    let mut all = Vec::new();
    let mut after = args.filter.after.clone();
    loop {
        let limit = (wanted - all.len()).min(PAGE);
        let page = page(&session.api, &args.filter, after.as_deref(), limit).await?;
        let is_last = page.events.len() < limit;
        all.extend(page.events);
        after = Some(page.next);
        if is_last || all.len() >= wanted {
            break;
        }
    }
    let body = json!({ "data": all, "next_cursor": after, "sources": [] }).to_string();
    session.answer_items(&EVENTS, &all, &body)?;
    if all.is_empty() {
        session.note_for_people("No event matches.");
    }
    Ok(Exit::Done)
}

async fn tail(filter: EventFilterArgs, session: &mut Session<'_>) -> Ended {
    let stop = signal()?;
    let following = async {
        let mut after = filter.after.clone().unwrap_or_else(|| "latest".to_owned());
        loop {
            let page = page(&session.api, &filter, Some(&after), PAGE).await?;
            for event in &page.events {
                let line = line(session.style.format, event);
                session.console.answer(&line)?;
            }
            after = page.next;
            if page.events.len() < PAGE {
                tokio::time::sleep(PAUSE).await;
            }
        }
    };
    tokio::select! {
        ended = following => ended,
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
