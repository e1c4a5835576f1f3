//! The parameters of a list; of a name that comes twice the first counts.

use super::error::{ApiError, Result};
use super::python::repr;
use crate::query::Query;

/// A number that is not negative. What is wrong with it goes to `faults`.
pub(super) fn natural(params: &Query, name: &str, faults: &mut Vec<String>) -> Option<usize> {
    let text = params.get(name)?;
    let fault = match text.trim().parse::<i64>() {
        Ok(number) if number >= 0 => return usize::try_from(number).ok(),
        Ok(_) => {
            "'constraint_id': 'range', 'constraint': {'min': 0}, \
             'message': 'Must be greater than or equal to 0.'"
        }
        Err(_) => {
            "'constraint_id': 'type', 'constraint': 'integer', \
             'message': 'Not a valid integer.'"
        }
    };
    faults.push(format!("Input Error - {name}: [{{{fault}}}]"));
    None
}

/// Yes or no in one of many words. What is wrong with it goes to `faults`.
pub(super) fn flag(params: &Query, name: &str, faults: &mut Vec<String>) -> bool {
    let Some(text) = params.get(name) else {
        return false;
    };
    let is = |words: &[&str]| words.contains(&text);
    if is(&["t", "T", "true", "True", "TRUE", "on", "On", "ON", "1"])
        || is(&["y", "Y", "yes", "Yes", "YES"])
    {
        return true;
    }
    let no = is(&[
        "f", "F", "false", "False", "FALSE", "off", "Off", "OFF", "0",
    ]) || is(&["n", "N", "no", "No", "NO"]);
    if !no {
        let fault = "'constraint_id': 'type', 'constraint': 'boolean', \
             'message': 'Not a valid boolean.'";
        faults.push(format!("Input Error - {name}: [{{{fault}}}]"));
    }
    false
}

/// A boolean column's value as the database reads it; rubbish is the database's to refuse.
pub(super) fn column(params: &Query, name: &str) -> Result<Option<bool>> {
    let Some(text) = params.get(name) else {
        return Ok(None);
    };
    database_boolean(text).map(Some).ok_or_else(|| {
        ApiError::database(&format!(
            "(psycopg2.errors.InvalidTextRepresentation) invalid input syntax for type boolean: \"{text}\"\n\n\
             [SQL: SELECT count(*) AS count_1 \nFROM phone_number \nWHERE phone_number.{name} = %({name}_1)s]\n\
             [parameters: {{'{name}_1': {}}}]\n\
             (Background on this error at: https://sqlalche.me/e/14/9h9h)",
            repr(text)
        ))
    })
}

/// `true`, `yes`, `on`, `1` and their opposites, in any case and cut short as far as they stay different.
fn database_boolean(text: &str) -> Option<bool> {
    let text = text.trim().to_ascii_lowercase();
    let short_for = |word: &str, least: usize| text.len() >= least && word.starts_with(&text);
    if short_for("true", 1) || short_for("yes", 1) || text == "on" || text == "1" {
        Some(true)
    } else if short_for("false", 1) || short_for("no", 1) || short_for("off", 2) || text == "0" {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_reads_booleans_in_any_case() {
        for yes in ["true", "True", "TRUE", "t", "on", "1", "y"] {
            assert_eq!(database_boolean(yes), Some(true), "{yes}");
        }
        for no in ["false", "False", "of", "0", "n"] {
            assert_eq!(database_boolean(no), Some(false), "{no}");
        }
        for rubbish in ["", "rubbish", "o", "2", "trueish"] {
            assert_eq!(database_boolean(rubbish), None, "{rubbish:?}");
        }
    }
}
