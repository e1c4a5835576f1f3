//! `trunkline numbers release`

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::resource::PATH;
use crate::args::numbers::{NumberReleaseArgs, Selection};
use crate::args::{PageArgs, WriteArgs};
use crate::call::{Call, Pairs, path};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::listing::follow;
use crate::render::{NUMBERS, RELEASES};
use crate::session::{Plan, Session};

const PROTECTED: &str = "it is protected: `trunkline numbers update ID --unprotect` lifts that";

pub(super) async fn run(
    args: NumberReleaseArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let yes = args.yes;
    let write = WriteArgs {
        dry_run: args.write.dry_run,
        idempotency_key: args.write.idempotency_key.clone(),
    };
    match args.selection()? {
        Selection::Ids(ids) if write.dry_run => plan(&ids, api, session).await,
        Selection::Ids(ids) => {
            let mut outcomes = Vec::new();
            for id in &ids {
                let released = release(id, write.idempotency_key.clone(), api).await;
                match released {
                    // One alone fails with everything that is to be said of it.
                    Err(failure) if ids.len() == 1 => return Err(failure),
                    released => outcomes.push(outcome(id, released)),
                }
            }
            tell(&outcomes, session)
        }
        Selection::Found { query, tags } => {
            let how = match (write.dry_run, yes) {
                (true, _) => How::Shown,
                (false, true) => How::Sent,
                (false, false) => How::Asked,
            };
            found(query, &tags, api, (session, how)).await
        }
    }
}

/// What is done with the numbers that were found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// They are released.
    Sent,
    /// They are shown, and nothing else was wanted.
    Shown,
    /// They are shown, and whoever wants them released has to say so.
    Asked,
}

/// Releases one number.
async fn release(id: &str, key: Option<String>, api: &Api) -> Result<Option<Value>, Failure> {
    let reply = api
        .send(&Call::delete(path(PATH, id)).with_key(key))
        .await?;
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

/// Tells what came of each.
fn tell(outcomes: &[Value], session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let is_failure = |outcome: &&Value| outcome["outcome"] == "failed";
    if session.is_for_people() {
        for outcome in outcomes {
            let text = |name: &str| outcome[name].as_str().unwrap_or_default().to_owned();
            let id = text("id");
            match text("outcome").as_str() {
                "released" => session.console.answer(&format!("released {id}"))?,
                "pending" => {
                    let at = text("release_at");
                    session.console.answer(&format!(
                        "{id} is released at {at}: until then `trunkline numbers restore {id}` undoes it"
                    ))?;
                }
                _ => {
                    let why = text("error");
                    session
                        .console
                        .note(&format!("{id} was not released: {why}"));
                }
            }
        }
    } else {
        let body = json!({ "data": outcomes }).to_string();
        let text = session.style.list(&RELEASES, outcomes, &body)?;
        session.console.answer(&text)?;
    }
    Ok(match outcomes.iter().filter(is_failure).count() {
        0 => Exit::Done,
        failed if failed == outcomes.len() => Exit::Failed,
        _ => Exit::Partial,
    })
}

/// Shows what a release by id would be.
async fn plan(ids: &[String], api: &Api, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    if let [id] = ids {
        let at = path(PATH, id);
        let number = api.send(&Call::get(at.as_str())).await?.value()?;
        let young = young_until(&number, api).await;
        let remark = if number["protected"] == true {
            "It is protected, and would be refused: `trunkline numbers update ID --unprotect` lifts that.".to_owned()
        } else if let Some(from) = young {
            format!(
                "The carrier takes it back from {from} on, and may refuse it before: it decides."
            )
        } else {
            "A number that was released may not be had again.".to_owned()
        };
        return session.plan(Plan {
            call: &Call::delete(at),
            about: Some(number),
            remark: &remark,
        });
    }
    let mut numbers = Vec::new();
    for id in ids {
        numbers.push(api.send(&Call::get(path(PATH, id))).await?.value()?);
    }
    show(&numbers, session)?;
    session.console.note("Nothing is sent.");
    Ok(Exit::Done)
}

/// From when on the carrier surely takes a number back, if that is still to come by our clock.
async fn young_until(number: &Value, api: &Api) -> Option<Timestamp> {
    let account = path("/v1/accounts", number["account"].as_str()?);
    let account = api.send(&Call::get(account)).await.ok()?.value().ok()?;
    let days = account["capability"]["release_cooldown_days"].as_i64()?;
    let bought: Timestamp = number["purchased_at"].as_str()?.parse().ok()?;
    let from = bought
        .checked_add(SignedDuration::from_hours(24 * days))
        .ok()?;
    (from > Timestamp::now()).then_some(from)
}

fn show(numbers: &[Value], session: &mut Session<'_, '_>) -> Result<(), Failure> {
    let body = json!({ "data": numbers }).to_string();
    let text = session.style.list(&NUMBERS, numbers, &body)?;
    session.console.answer(&text)
}

/// Shows, and releases if that was said, what the filters find.
async fn found(
    query: Pairs,
    tags: &[String],
    api: &Api,
    (session, how): (&mut Session<'_, '_>, How),
) -> Result<Exit, Failure> {
    let named = query.iter().any(|(name, _)| name == "account");
    let page = PageArgs {
        limit: usize::MAX,
        all: true,
        cursor: None,
    };
    let listing = follow(api, &Call::get(PATH).with_query(query), page).await?;
    for note in listing.notes(named) {
        session.console.note(&note);
    }
    let mut numbers = listing.items();
    numbers.retain(|number| has_all(number, tags));
    // A program gets one answer: what came of it, if something is sent.
    if how != How::Sent || session.is_for_people() {
        show(&numbers, session)?;
    }
    match how {
        _ if numbers.is_empty() => {
            session.console.note("No number held matches.");
            return Ok(listing.exit());
        }
        How::Shown => session.console.note("Nothing is sent."),
        How::Asked => {
            let count = numbers.len();
            return Err(Failure::usage("nothing was released").with_hint(format!(
                "--yes releases what is shown, {count} in all; protected numbers stay"
            )));
        }
        How::Sent => {
            let outcomes = release_all(&numbers, api).await;
            let exit = tell(&outcomes, session)?;
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
