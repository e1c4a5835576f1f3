//! Explanations of a purchase for people: its open question, what to look for, and which command to type.

use serde_json::Value;

/// Notes about a purchase, each of one or more lines.
pub(super) fn notes(purchase: &Value) -> Vec<String> {
    let late = purchase["late"] == true;
    let late = late.then(|| {
        "note: late: it was presumed failed, and the carrier carried it out afterwards; its price counts, even above \
         the spending limit"
            .to_owned()
    });
    let recovered = purchase["recovered"] == true;
    let recovered = recovered.then(|| {
        "note: recovered: its record was lost from the database during the purchase, and was written again; `trunkline \
         doctor --numbers` looks for other losses"
            .to_owned()
    });
    let asks = question(purchase).or_else(|| presumed(purchase));
    [late, recovered, asks].into_iter().flatten().collect()
}

/// The hint below a table with open questions.
pub(super) fn hint(purchases: &[Value]) -> Option<&'static str> {
    let asks = |purchase: &Value| purchase["needs_person"].is_object();
    purchases.iter().any(asks).then_some(
        "hint: QUESTION: only a person can decide the outcome. `trunkline purchases get ID` shows what to look for and \
         what to type; `trunkline purchases list --needs-person` lists only these",
    )
}

/// The carrier's id in the open question.
pub(super) fn provider_id(purchase: &Value) -> Option<&str> {
    purchase["needs_person"]["provider_id"].as_str()
}

/// Whether a person may decide the outcome.
pub(super) fn may_be_resolved(purchase: &Value) -> bool {
    purchase["state"] == "unknown" || is_presumed(purchase)
}

fn is_presumed(purchase: &Value) -> bool {
    let attempts = purchase["attempts"].as_array();
    let last = attempts.and_then(|attempts| attempts.last());
    purchase["state"] == "failed" && last.is_some_and(|last| last["presumed"] == true)
}

/// Why only a person can decide the outcome, and how.
fn question(purchase: &Value) -> Option<String> {
    let asked = &purchase["needs_person"];
    let why = asked["why"].as_str()?;
    let (account, number) = (text(&purchase["account"]), text(&purchase["number"]));
    let given = |name: &str, before: &str, after: &str| match asked[name].as_str() {
        Some(text) => format!("{before}{text}{after}"),
        None => String::new(),
    };
    let under = given("provider_id", " under the id ", "");
    let created = given("created_at", ", created ", "");
    let ordered = given("t0", " (carrier's clock then: ", ")");
    let found = match why {
        "disputed" => format!(
            "{account} holds {number}{under}{created}: by the carrier's records that is before this purchase was \
             sent{ordered}, or the id was known before. Somebody else may have bought it."
        ),
        "late" => format!(
            "{account} holds {number}{under}{created}: that is more than an hour after this purchase was sent{ordered}, or \
             after another purchase bought the number. Somebody else may have bought it since."
        ),
        _ => format!(
            "For an hour trunkline could not find out whether {account} has sold {number}. It goes on asking. The last \
             look: {}.",
            last_look(purchase)
        ),
    };
    let stays = match purchase["state"].as_str() {
        Some("unknown") => "its key answers 202",
        _ => "its key answers 409",
    };
    Some(format!(
        "question: {why}, since {} UTC\n{found}\nUntil you decide, its price stays reserved, the number is not configured, and \
         {stays}.\nLook in the carrier's console who bought the number and when. If this purchase did:\n{}\nIf it did not:\n{}",
        text(&asked["since"])
            .get(..16)
            .unwrap_or_default()
            .replace('T', " "),
        command(purchase, "succeeded"),
        command(purchase, "failed"),
    ))
}

/// A purchase that is presumed failed can be decided, too, but need not.
fn presumed(purchase: &Value) -> Option<String> {
    is_presumed(purchase).then(|| {
        format!(
            "note: it is presumed failed because the number did not appear, and is still watched. If you find the number in \
             the carrier's console:\n{}",
            command(purchase, "succeeded")
        )
    })
}

fn command(purchase: &Value, outcome: &str) -> String {
    let provider_id = match (outcome, provider_id(purchase)) {
        ("succeeded", None) => " --provider-id ID",
        _ => "",
    };
    let id = text(&purchase["id"]);
    format!(
        "  trunkline purchases resolve {id} --outcome {outcome}{provider_id} --reason \"how you know\""
    )
}

fn last_look(purchase: &Value) -> String {
    let attempt = purchase["attempts"].as_array().and_then(|all| all.last());
    let looks = attempt.and_then(|attempt| attempt["looks"].as_array());
    let Some(look) = looks.and_then(|looks| looks.last()) else {
        return "none was made yet".to_owned();
    };
    let at = text(&look["at"]);
    match look["error"]["detail"].as_str() {
        Some(error) => format!("failed at {at}, {error}"),
        None => format!("{} at {at}", text(&look["seen"])),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asking(state: &str, needs_person: &Value) -> Value {
        json!({"id": "pur_1", "state": state, "account": "us", "number": "+14155550100", "needs_person": needs_person,
            "attempts": [{"presumed": state == "failed", "looks": [
                {"at": "2026-12-01T10:00:00Z", "seen": "failed", "error": {"detail": "us: 503"}}]}]})
    }

    fn explained(purchase: &Value) -> String {
        notes(purchase).join("\n")
    }

    #[test]
    fn question_about_an_id_can_be_answered_without_giving_the_id() {
        for (why, said) in [
            ("disputed", "before this purchase"),
            ("late", "more than an hour after"),
        ] {
            let asked = json!({"why": why, "since": "2026-12-01T11:00:00Z", "provider_id": "PN1",
                "created_at": "2026-12-01T09:00:00Z", "t0": "2026-12-01T09:10:00Z"});
            let text = explained(&asking("failed", &asked));
            for part in [
                why,
                said,
                "PN1",
                "created 2026-12-01T09:00:00Z",
                "2026-12-01T09:10:00Z",
                "answers 409",
            ] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert!(
                text.contains("resolve pur_1 --outcome succeeded --reason"),
                "{text}"
            );
            assert!(
                text.contains("resolve pur_1 --outcome failed --reason"),
                "{text}"
            );
        }
    }

    #[test]
    fn unknown_outcome_is_explained_with_the_last_look_and_needs_an_id() {
        let asked = json!({"why": "unknown", "since": "2026-12-01T11:00:00Z", "provider_id": null});
        let text = explained(&asking("unknown", &asked));
        assert!(
            text.contains("failed at 2026-12-01T10:00:00Z, us: 503"),
            "{text}"
        );
        assert!(
            text.contains("--outcome succeeded --provider-id ID --reason"),
            "{text}"
        );
        assert!(text.contains("answers 202"), "{text}");
    }

    #[test]
    fn late_recovered_and_presumed_purchases_have_notes_and_others_none() {
        let mut purchase = asking("succeeded", &Value::Null);
        assert_eq!(notes(&purchase), Vec::<String>::new());
        purchase["late"] = true.into();
        purchase["recovered"] = true.into();
        let text = explained(&purchase);
        assert!(
            text.contains("note: late") && text.contains("note: recovered"),
            "{text}"
        );
        let text = explained(&asking("failed", &Value::Null));
        assert!(
            text.contains("presumed failed") && text.contains("--provider-id ID"),
            "{text}"
        );
    }

    #[test]
    fn only_uncertain_outcomes_may_be_resolved() {
        assert!(may_be_resolved(&asking("unknown", &Value::Null)));
        assert!(may_be_resolved(&asking("failed", &Value::Null)));
        for state in ["intended", "dispatched", "succeeded"] {
            assert!(!may_be_resolved(&asking(state, &Value::Null)), "{state}");
        }
        let mut certain = asking("failed", &Value::Null);
        certain["attempts"][0]["presumed"] = false.into();
        assert!(!may_be_resolved(&certain));
    }
}
