//! `trunkline ranges`

use serde_json::{Value, json};

use crate::args::members::members;
use crate::args::ranges::RangeArgs;
use crate::call::Call;
use crate::failure::{Exit, Failure};
use crate::progress::{Bar, Progress};
use crate::render::RANGE;
use crate::session::{Ended, Session};

pub(super) async fn run(args: RangeArgs, session: &mut Session<'_>) -> Ended {
    let all = args.count();
    let call = Call::post("/v1/number-ranges")
        .with_body(members(&args).into())
        .with_key(args.write.idempotency_key);
    if args.write.dry_run {
        let remark = "Numbers that are recorded already stay as they are.";
        return session.plan(&call, None, remark);
    }
    let mut bar = Bar::new("recording");
    let seen = |seen: &[u8]| bar.draw(&mut session.console, &progress(seen, all));
    let reply = session.api.stream(&call.in_lines(), seen).await;
    bar.clear(&mut session.console);
    let result = whole(&reply?.body)?;
    let items = result["data"].as_array().cloned().unwrap_or_default();
    session.answer_items(&RANGE, &items, &result.to_string())?;
    session.note_for_people(&format!(
        "{} created, {} existed before, {} failed",
        result["created"], result["existing"], result["failed"]
    ));
    let failed = result["failed"]
        .as_u64()
        .and_then(|failed| usize::try_from(failed).ok());
    Ok(Exit::of(failed.unwrap_or_default(), items.len()))
}

/// The parts of an answer that have arrived.
fn parts(seen: &[u8]) -> impl Iterator<Item = Value> {
    // An incomplete line is read again when more has arrived.
    let lines = seen.split(|byte| *byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok())
}

/// How many numbers of the range have been answered.
fn progress(seen: &[u8], all: u64) -> Progress {
    let counted = |part: &Value| part["data"].as_array().map_or(0, Vec::len);
    let done: usize = parts(seen).map(|part| counted(&part)).sum();
    let done = u64::try_from(done).unwrap_or_default();
    let all = all.max(done);
    Progress {
        done,
        all,
        words: format!("{done} of {all}"),
    }
}

/// All parts as one answer.
///
/// # Errors
/// The error in the last part; an answer without its last part.
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
        return Err(Failure::new(Exit::Unknown, "the answer is incomplete")
            .with_hint("repeat the command: numbers that are recorded already stay as they are"));
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
    fn progress_counts_the_numbers_that_have_arrived() {
        let seen = format!("{PARTS}{{\"data\": [");
        let wanted = Progress {
            done: 3,
            all: 10,
            words: "3 of 10".to_owned(),
        };
        assert_eq!(progress(seen.as_bytes(), 10), wanted);
    }

    #[test]
    fn parts_add_up_and_an_incomplete_answer_is_no_success() {
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
