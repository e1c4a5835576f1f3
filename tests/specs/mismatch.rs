//! What a validator says, as places and problems.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

/// What is wrong with a value, and where in it.
#[derive(Debug)]
pub(crate) struct Mismatch {
    /// A JSON pointer into the value; to a member that is missing, too.
    pub(crate) pointer: String,
    /// What is wrong, about "it".
    pub(crate) problem: String,
    /// What is there.
    pub(crate) found: Value,
}

/// Takes an error apart: one mismatch for each member that is unknown, and those of the one alternative that was meant.
pub(crate) fn read(error: &ValidationError<'_>, mismatches: &mut Vec<Mismatch>) {
    let at = error.instance_path().as_str();
    let mut add = |pointer: String, problem: String, found: &Value| {
        mismatches.push(Mismatch {
            pointer,
            problem,
            found: found.clone(),
        });
    };
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                let member = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                add(
                    member,
                    "it is no member of the schema".to_owned(),
                    &error.instance()[name],
                );
            }
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let member = format!("{at}/{name}");
            add(member, "it is required".to_owned(), &Value::Null);
        }
        ValidationErrorKind::FalseSchema => {
            add(
                at.to_owned(),
                "it is read-only".to_owned(),
                error.instance(),
            );
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            match meant(context, at) {
                Some(errors) => errors.iter().for_each(|error| read(error, mismatches)),
                None => add(at.to_owned(), alternatives(context), error.instance()),
            }
        }
        _ => add(at.to_owned(), said(error), error.instance()),
    }
}

/// The one alternative whose type the value has.
fn meant<'c>(
    context: &'c [Vec<ValidationError<'static>>],
    at: &str,
) -> Option<&'c Vec<ValidationError<'static>>> {
    let wrong_type = |error: &ValidationError<'_>| {
        let here = error.instance_path().as_str() == at;
        here && matches!(error.kind(), ValidationErrorKind::Type { .. })
    };
    let mut fitting = context
        .iter()
        .filter(|errors| !errors.iter().any(wrong_type));
    fitting.next().filter(|_| fitting.next().is_none())
}

fn alternatives(context: &[Vec<ValidationError<'static>>]) -> String {
    let each: Vec<String> = context
        .iter()
        .filter_map(|errors| errors.first())
        .map(said)
        .collect();
    each.join("; or: ")
}

fn said(error: &ValidationError<'_>) -> String {
    /// A longer list of alternatives says no more than its beginning.
    const ENOUGH: usize = 160;
    let text = error.masked_with("it").to_string();
    match text.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
