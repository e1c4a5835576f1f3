//! `trunkline ranges`

use serde_json::{Value, json};

use crate::args::ranges::RangeArgs;
use crate::call::Call;
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::progress::Bar;
use crate::render::RANGE;
use crate::session::{Plan, Session};

pub(super) async fn run(
    args: RangeArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let all = args.count();
    let call = Call::post("/v1/number-ranges")
        .with_body(args.body())
        .with_key(args.write.idempotency_key);
    if args.write.dry_run {
        return session.plan(Plan {
            call: &call,
            about: None,
            remark: "Numbers that are there already stay as they are.",
        });
    }
    let mut bar = Bar::new("recording");
    let told = |seen: &[u8]| bar.draw(session.console, &progress(seen, all));
    let reply = api.stream(&call.in_lines(), told).await;
    bar.clear(session.console);
    let reply = reply?;
    let result = whole(&reply.body)?;
    let items = result["data"].as_array().cloned().unwrap_or_default();
    let text = session.style.list(&RANGE, &items, &result.to_string())?;
    session.console.answer(&text)?;
    if session.is_for_people() {
        session.console.note(&format!(
            "{} created, {} there already, {} failed",
            result["created"], result["existing"], result["failed"]
        ));
    }
    let failed = result["failed"].as_u64().unwrap_or_default();
    Ok(match failed {
        0 => Exit::Done,
        n if usize::try_from(n) == Ok(items.len()) => Exit::Failed,
        _ => Exit::Partial,
    })
}

/// The parts in an answer, as far as it has come.
fn parts(seen: &[u8]) -> impl Iterator<Item = Value> {
    // A line that is not whole yet is read with more of it.
    let lines = seen.split(|byte| *byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok())
}

/// How far it has come: so many numbers, of so many.
fn progress(seen: &[u8], all: u64) -> (u64, u64, String) {
    let counted = |part: &Value| part["data"].as_array().map_or(0, Vec::len);
    let done: usize = parts(seen).map(|part| counted(&part)).sum();
    let done = u64::try_from(done).unwrap_or_default();
    (done, all.max(done), format!("{done} of {}", all.max(done)))
}

/// All parts as one, or why it broke off.
fn whole(body: &str) -> Result<Value, Failure> {
    let (mut data, mut ended) = (Vec::new(), false);
    let mut counts = [("created", 0), ("existing", 0), ("failed", 0)];
    for mut part in parts(body.as_bytes()) {
        if let Some(detail) = part["error"]["detail"].as_str() {
            return Err(Failure::failed(detail));
        }
        ended |= part["sources"].is_array();
        for (name, count) in &mut counts {
            *count += part[*name].as_u64().unwrap_or_default();
        }
        if let Value::Array(items) = part["data"].take() {
            data.extend(items);
        }
    }
    if !ended {
        return Err(Failure::new(Exit::Unknown, "the answer was cut")
            .with_hint("record the range again: what is there already stays as it is"));
    }
    let mut whole = json!({ "data": data });
    for (name, count) in counts {
        whole[name] = json!(count);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: &str = r#"{"data": [{"number": "+1"}, {"number": "+2"}], "created": 2, "existing": 0, "failed": 0}
{"data": [{"number": "+3"}], "created": 0, "existing": 1, "failed": 0}
"#;

    #[test]
    fn progress_counts_the_numbers_of_the_parts_that_have_come() {
        let seen = format!("{PARTS}{{\"data\": [");
        assert_eq!(progress(seen.as_bytes(), 10), (3, 10, "3 of 10".to_owned()));
    }

    #[test]
    fn parts_add_up_and_a_cut_answer_is_no_success() {
        let result = whole(&format!(
            "{PARTS}{{\"sources\": [], \"next_cursor\": null}}\n"
        ))
        .unwrap();
        assert_eq!(result["data"].as_array().unwrap().len(), 3);
        assert_eq!(
            (&result["created"], &result["existing"]),
            (&json!(2), &json!(1))
        );
        assert_eq!(whole(PARTS).unwrap_err().exit(), Exit::Unknown);
        let broken = whole(r#"{"sources": [], "error": {"detail": "away"}}"#).unwrap_err();
        assert!(broken.lines().join(" ").contains("away"));
    }
}
