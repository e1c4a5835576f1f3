//! `trunkline numbers release`

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::args::PageArgs;
use crate::args::numbers::{NumberReleaseArgs, Selection};
use crate::call::{Call, Pairs, path};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::listing::follow;
use crate::render::{NUMBERS, RELEASES};
use crate::session::{Ended, Session};

/// Path of the numbers held.
pub(super) const PATH: &str = "/v1/numbers";

const PROTECTED: &str = "it is protected: `trunkline numbers update ID --unprotect` lifts that";

pub(super) async fn run(args: NumberReleaseArgs, session: &mut Session<'_>) -> Ended {
    let how = match (args.write.dry_run, args.yes) {
        (true, _) => How::DryRun,
        (false, true) => How::Release,
        (false, false) => How::Ask,
    };
    let key = args.write.idempotency_key.clone();
    match args.selection()? {
        Selection::Ids(ids) if how == How::DryRun => plan(&ids, session).await,
        Selection::Ids(ids) => {
            if how == How::Ask {
                ask(&ids, session).await?;
            }
            let mut outcomes = Vec::new();
            for id in &ids {
                match release(id, key.clone(), &session.api).await {
                    // The only release fails with the whole message.
                    Err(failure) if ids.len() == 1 => return Err(failure),
                    released => outcomes.push(outcome(id, released)),
                }
            }
            answer(&outcomes, session)
        }
        Selection::Found { query, tags } => found(query, &tags, how, session).await,
    }
}

/// What happens to the numbers that were found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// They are released.
    Release,
    /// They are shown, with what stands in the way of their release.
    DryRun,
    /// They are shown, and a person is asked.
    Ask,
}

/// Asks a person whether to release numbers, which are shown first.
///
/// # Errors
/// Nobody is there, or the person does not want it.
async fn ask(ids: &[String], session: &mut Session<'_>) -> Result<(), Failure> {
    let mut numbers = Vec::new();
    // Numbers are shown to persons only.
    for id in ids.iter().filter(|_| session.console.input.is_some()) {
        numbers.push(session.api.get(&path(PATH, id)).await?);
    }
    if !numbers.is_empty() {
        let table = session.style.table(&NUMBERS, &numbers);
        session.console.note(table.trim_end());
    }
    confirm(ids.len(), session)
}

/// Asks whether to release so many numbers.
///
/// # Errors
/// Nobody is there, or the person does not want it.
fn confirm(count: usize, session: &mut Session<'_>) -> Result<(), Failure> {
    let question = match count {
        1 => "Release this number? It may not be available again.".to_owned(),
        _ => format!("Release these {count} numbers? They may not be available again."),
    };
    match session.console.ask(&question)? {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::failed("nothing was released")),
        None => Err(Failure::usage("nothing was released").with_hint(
            "--yes releases without a question, which only a person at a terminal is asked; --dry-run shows what would \
             happen",
        )),
    }
}

/// Releases one number; `Some` is the end of its grace period.
async fn release(id: &str, key: Option<String>, api: &Api) -> Result<Option<Value>, Failure> {
    let call = Call::delete(path(PATH, id)).with_key(key);
    let reply = api.send(&call).await?;
    if reply.status == 202 {
        return Ok(Some(reply.value()?["release_at"].clone()));
    }
    Ok(None)
}

fn outcome(id: &str, released: Result<Option<Value>, Failure>) -> Value {
    match released {
        Ok(None) => json!({"id": id, "outcome": "released", "release_at": null, "error": null}),
        Ok(Some(at)) => json!({"id": id, "outcome": "pending", "release_at": at, "error": null}),
        Err(failure) => {
            let lines = failure.lines().join("; ");
            let error = lines.strip_prefix("error: ").unwrap_or(&lines);
            json!({"id": id, "outcome": "failed", "release_at": null, "error": error})
        }
    }
}

/// Writes the outcome of each release.
fn answer(outcomes: &[Value], session: &mut Session<'_>) -> Ended {
    if session.style.is_for_people() {
        for outcome in outcomes {
            let text = |name: &str| outcome[name].as_str().unwrap_or_default();
            let id = text("id");
            match text("outcome") {
                "released" => session.console.answer(&format!("released {id}"))?,
                "pending" => session.console.answer(&format!(
                    "{id} is released at {}: until then `trunkline numbers restore {id}` undoes it",
                    text("release_at")
                ))?,
                _ => session.note(&format!("{id} was not released: {}", text("error"))),
            }
        }
    } else {
        let body = json!({ "data": outcomes }).to_string();
        session.answer_items(&RELEASES, outcomes, &body)?;
    }
    let failed = outcomes.iter().filter(|row| row["outcome"] == "failed");
    Ok(Exit::of(failed.count(), outcomes.len()))
}

/// Shows what a release by id would do, and what stands in its way.
async fn plan(ids: &[String], session: &mut Session<'_>) -> Ended {
    if let [id] = ids {
        let at = path(PATH, id);
        let number = session.api.get(&at).await?;
        let mut remark = obstacles(&number, &session.api).await.join("\n");
        if remark.is_empty() {
            "Nothing stands in the way. A released number may not be available again."
                .clone_into(&mut remark);
        }
        return session.plan(&Call::delete(at), Some(number), &remark);
    }
    let mut numbers = Vec::new();
    for id in ids {
        numbers.push(session.api.get(&path(PATH, id)).await?);
    }
    show(&numbers, session)?;
    note_obstacles(&numbers, session).await;
    session.note("Nothing is sent.");
    Ok(Exit::Done)
}

async fn note_obstacles(numbers: &[Value], session: &mut Session<'_>) {
    for number in numbers {
        let id = number["id"].as_str().unwrap_or_default();
        for obstacle in obstacles(number, &session.api).await {
            session.note(&format!("note: {id}: {obstacle}"));
        }
    }
}

/// What stands in the way of a release, in sentences.
async fn obstacles(number: &Value, api: &Api) -> Vec<String> {
    let text = |name: &str| number[name].as_str().map(str::to_owned);
    let mut found = Vec::new();
    if number["protected"] == true {
        found.push("It is protected, and would be refused: `trunkline numbers update ID --unprotect` lifts that.".to_owned());
    }
    if number["release_held"] == true {
        found.push(
            "Its release is so long overdue that it waits for you: releasing it again sends it."
                .to_owned(),
        );
    } else if let Some(at) = text("release_at") {
        found.push(format!(
            "It is being released already, at {at}: `trunkline numbers restore ID` undoes that."
        ));
    }
    if let Some(from) = young_until(number, api).await {
        found.push(format!(
            "The carrier takes it back from {from} on, and may refuse it before."
        ));
    }
    if number["main"] == true {
        found.push("It is a main number: the carrier may refuse it until another is chosen with `trunkline main set`.".to_owned());
    }
    if let Some(kind) = number["owner"]["kind"].as_str() {
        found.push(format!(
            "It is assigned to a {kind}: the carrier may refuse it until it is unassigned."
        ));
    }
    if let Some(id) = open_purchase(number, api).await {
        found.push(format!("{id} is still buying it, and a release would be refused: `trunkline purchases get {id}` shows its state."));
    }
    found
}

/// The purchase of a number that has not ended, if there is one.
async fn open_purchase(number: &Value, api: &Api) -> Option<String> {
    let filter = |name: &'static str| {
        number[name]
            .as_str()
            .map(|text| (name.into(), text.to_owned()))
    };
    let query = [filter("number")?, filter("account")?].into();
    // A key that may not list purchases shows none.
    let found = api
        .send(&Call::get("/v1/purchases").with_query(query))
        .await
        .ok()?;
    let found = found.value().ok()?;
    let is_open =
        |purchase: &&Value| !matches!(purchase["state"].as_str(), Some("succeeded" | "failed"));
    let open = found["data"].as_array()?.iter().find(is_open)?;
    open["id"].as_str().map(str::to_owned)
}

/// The time from which on the carrier takes a number back, if it is in the future.
async fn young_until(number: &Value, api: &Api) -> Option<Timestamp> {
    let account = path("/v1/accounts", number["account"].as_str()?);
    let account = api.get(&account).await.ok()?;
    let days = account["capability"]["release_cooldown_days"].as_i64()?;
    let bought: Timestamp = number["purchased_at"].as_str()?.parse().ok()?;
    let cooldown = SignedDuration::from_hours(24 * days);
    let from = bought.checked_add(cooldown).ok()?;
    (from > Timestamp::now()).then_some(from)
}

fn show(numbers: &[Value], session: &mut Session<'_>) -> Result<(), Failure> {
    let body = json!({ "data": numbers }).to_string();
    session.answer_items(&NUMBERS, numbers, &body)
}

/// Shows what the filters find, and releases it if asked to.
async fn found(query: Pairs, tags: &[String], how: How, session: &mut Session<'_>) -> Ended {
    let named = query.iter().any(|(name, _)| name == "account");
    let page = PageArgs {
        limit: usize::MAX,
        all: true,
        cursor: None,
    };
    let listing = follow(&session.api, &Call::get(PATH).with_query(query), page).await?;
    session.note_sources(&listing, named);
    let mut numbers = listing.items();
    numbers.retain(|number| has_all(number, tags));
    // Programs get one answer: the outcomes, if numbers are released.
    if how != How::Release || session.style.is_for_people() {
        show(&numbers, session)?;
    }
    match how {
        _ if numbers.is_empty() => session.note("No number held matches."),
        How::DryRun => {
            note_obstacles(&numbers, session).await;
            session.note("Nothing is sent.");
        }
        How::Release | How::Ask => {
            if how == How::Ask {
                confirm(numbers.len(), session)?;
            }
            let outcomes = release_all(&numbers, &session.api).await;
            let exit = answer(&outcomes, session)?;
            if exit != Exit::Done {
                return Ok(exit);
            }
        }
    }
    Ok(listing.exit())
}

fn has_all(number: &Value, tags: &[String]) -> bool {
    let has = |tag: &String| {
        let have = number["tags"].as_array();
        have.is_some_and(|have| have.iter().any(|one| one == tag.as_str()))
    };
    tags.iter().all(has)
}

async fn release_all(numbers: &[Value], api: &Api) -> Vec<Value> {
    let mut outcomes = Vec::new();
    for number in numbers {
        let id = number["id"].as_str().unwrap_or_default();
        let released = if number["protected"] == true {
            Err(Failure::failed(PROTECTED))
        } else {
            release(id, None, api).await
        };
        outcomes.push(outcome(id, released));
    }
    outcomes
}
