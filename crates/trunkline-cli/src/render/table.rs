//! Aligned columns, and CSV.

use clap::builder::styling::{AnsiColor, Style as AnsiStyle};
use jiff::Timestamp;
use serde_json::Value;
use trunkline_core::inert_cell;

use super::fit::{GAP, Shown, Width, cells, fit, shorten};
use super::look::Look;
use super::shape::Column;
use super::text::{cell, human_time, in_one_piece, to_seconds};
use crate::failure::Failure;
use trunkline_core::host;

/// One line for each item. `false` is shown as empty.
pub(super) fn lines(columns: &'static str, items: &[Value], look: &Look) -> String {
    if items.is_empty() {
        return String::new();
    }
    let columns = Column::parse(columns);
    let now = host::now();
    let short = |item: &Value| -> Vec<String> {
        let values = columns.iter().map(|column| column.value(item));
        let shown = values.map(|value| value.filter(|value| **value != Value::Bool(false)));
        let text = |value: Option<&Value>| value.map(cell).unwrap_or_default();
        shown
            .map(|value| short_time(text(value), look, now))
            .collect()
    };
    let rows: Vec<Vec<String>> = items.iter().map(short).collect();
    let heads: Vec<String> = columns.iter().map(Column::head).collect();
    let all = || std::iter::once(&heads).chain(&rows);
    let natural: Vec<usize> = (0..columns.len())
        .map(|at| all().map(|row| cells(&row[at])).max().unwrap_or_default())
        .collect();
    let shown = fit(&columns, &natural, look.width);
    let bold = |_: &str, _: &str| look.colour.then(|| AnsiStyle::new().bold());
    let paint = |column: &str, text: &str| tone(column, text).filter(|_| look.colour);
    let mut text = line(&columns, &shown, &heads, bold);
    let rows = rows.iter().map(|row| line(&columns, &shown, row, paint));
    text.extend(rows);
    text
}

/// One line of a table.
fn line(
    columns: &[Column],
    shown: &[Shown],
    row: &[String],
    paint: impl Fn(&str, &str) -> Option<AnsiStyle>,
) -> String {
    let (mut line, mut gap) = (String::new(), 0);
    for shown in shown {
        let cell = shorten(&row[shown.at], shown.cells);
        let width = cells(&cell);
        if width > 0 {
            line.extend(std::iter::repeat_n(' ', gap));
            gap = 0;
            match paint(columns[shown.at].name, &cell) {
                Some(style) => line.push_str(&format!("{style}{cell}{style:#}")),
                None => line.push_str(&cell),
            }
        }
        gap += shown.cells.saturating_sub(width) + GAP;
    }
    line.push('\n');
    line
}

/// The colour of a state.
fn tone(column: &str, text: &str) -> Option<AnsiStyle> {
    const OF_STATES: [&str; 8] = [
        "state",
        "status",
        "outcome",
        "question",
        "found",
        "settings",
        "given_back",
        "whole",
    ];
    if !OF_STATES.contains(&column) {
        return None;
    }
    let colour = match text {
        "ok" | "active" | "succeeded" | "verified" | "delivered" | "bought" | "created"
        | "true" | "applied" | "complete" | "held" => AnsiColor::Green,
        "failed" | "error" | "refused" | "dead" | "unhealthy" | "down" | "open" | "timeout" => {
            AnsiColor::Red
        }
        "inactive" | "released" | "revoked" | "expired" | "existing" | "unsupported" | "none" => {
            AnsiColor::BrightBlack
        }
        _ => AnsiColor::Yellow,
    };
    Some(AnsiStyle::new().fg_color(Some(colour.into())))
}

/// A time as it is shown in a table; other texts stay as they are.
fn short_time(text: String, look: &Look, now: Timestamp) -> String {
    let said = match look.width {
        Width::Terminal(_) => human_time(&text, now),
        _ => None,
    };
    said.unwrap_or_else(|| to_seconds(text))
}

/// The facts that are shown first.
const FIRST: [&str; 6] = ["id", "name", "number", "account", "state", "label"];

/// One line for each fact about one item. Unknown facts are left out.
pub(super) fn details(item: &Value, look: &Look) -> String {
    let mut facts = Vec::new();
    flatten("", item, &mut facts);
    facts.sort_by_key(|(name, _)| {
        FIRST
            .iter()
            .position(|first| first == name)
            .unwrap_or(FIRST.len())
    });
    facts_of(&facts, look)
}

/// The columns of a table as facts about one item. Empty ones are left out.
pub(super) fn card(columns: &'static str, item: &Value, look: &Look) -> String {
    let fact = |column: Column| {
        let value = column
            .value(item)
            .filter(|value| **value != Value::Bool(false));
        let text = value.map(cell).unwrap_or_default();
        (!text.is_empty()).then(|| (column.name.replace('_', " "), text))
    };
    let facts: Vec<_> = Column::parse(columns)
        .into_iter()
        .filter_map(fact)
        .collect();
    facts_of(&facts, look)
}

fn facts_of(facts: &[(String, String)], look: &Look) -> String {
    let now = host::now();
    let names = facts
        .iter()
        .map(|(name, _)| cells(name))
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for (name, fact) in facts {
        let fact = match human_time(fact, now) {
            Some(said) if matches!(look.width, Width::Terminal(_)) => {
                format!("{} ({said})", to_seconds(fact.clone()))
            }
            _ => to_seconds(fact.clone()),
        };
        let paint = tone(name, &fact)
            .filter(|_| look.colour)
            .unwrap_or_default();
        // What doesn't fit beside its name in one piece, such as a long id, begins right after it.
        let longest = fact.split(' ').map(cells).max().unwrap_or_default();
        let beside = names + GAP;
        let is_too_long = matches!(look.width, Width::Terminal(width) if beside + longest > width);
        let at = if is_too_long {
            cells(name) + GAP
        } else {
            beside
        };
        let fact = look.wrap(&fact, at);
        let pad = " ".repeat(at - cells(name));
        text.push_str(&format!("{name}{pad}{paint}{fact}{paint:#}\n"));
    }
    text
}

/// CSV as in RFC 4180, with a header.
///
/// # Errors
/// None in practice: memory can always be written.
pub(super) fn csv(columns: &'static str, items: &[Value]) -> Result<String, Failure> {
    let columns = Column::parse(columns);
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let mut write = |row: Vec<String>| writer.write_record(row);
    let heads = columns
        .iter()
        .map(|column| column.name.to_owned())
        .collect();
    let written =
        write(heads).and_then(|()| items.iter().try_for_each(|item| write(row(&columns, item))));
    let failed = |error: String| Failure::failed(format!("can't write CSV: {error}"));
    written.map_err(|error| failed(error.to_string()))?;
    let bytes = writer
        .into_inner()
        .map_err(|error| failed(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn row(columns: &[Column], item: &Value) -> Vec<String> {
    columns
        .iter()
        .map(|column| column.value(item).map(cell).unwrap_or_default())
        .map(inert_cell)
        .collect()
}

/// Every fact with its path.
fn flatten(path: &str, value: &Value, facts: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => match in_one_piece(object) {
            Some(text) if text.is_empty() => {}
            Some(text) => facts.push((path.to_owned(), text)),
            None => {
                let dot = if path.is_empty() { "" } else { "." };
                object
                    .iter()
                    .for_each(|(name, value)| flatten(&format!("{path}{dot}{name}"), value, facts));
            }
        },
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, item)| flatten(&format!("{path}[{at}]"), item, facts));
        }
        _ => {
            let text = cell(value);
            if !text.is_empty() {
                facts.push((path.to_owned(), text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COLUMNS: &str = "id price gone=state/is_gone";

    const PLAIN: Look = Look::PLAIN;

    #[test]
    fn columns_are_aligned_and_the_same_whatever_the_data() {
        let items = [
            json!({"id": "a", "price": {"amount": "1.15", "currency": "USD"}}),
            json!({"id": "bcd"}),
        ];
        assert_eq!(
            lines(COLUMNS, &items, &PLAIN),
            "ID   PRICE     GONE\na    1.15 USD\nbcd\n"
        );
        assert_eq!(
            lines(COLUMNS, &items[1..], &PLAIN),
            "ID   PRICE  GONE\nbcd\n"
        );
    }

    #[test]
    fn false_is_shown_as_empty() {
        let items = [
            json!({"id": "a", "state": {"is_gone": true}}),
            json!({"id": "b", "state": {"is_gone": false}}),
        ];
        assert_eq!(
            lines(COLUMNS, &items, &PLAIN),
            "ID  PRICE  GONE\na          true\nb\n"
        );
    }

    #[test]
    fn settings_that_nobody_wanted_are_no_warning() {
        let colour = |text| tone("settings", text).and_then(|style| style.get_fg_color());
        assert_eq!(colour("none"), Some(AnsiColor::BrightBlack.into()));
        assert_eq!(colour("pending"), Some(AnsiColor::Yellow.into()));
    }

    #[test]
    fn heads_are_bold_and_states_have_colours_when_enabled() {
        let look = Look {
            colour: true,
            ..PLAIN
        };
        let shown = lines("id state", &[json!({"id": "a", "state": "failed"})], &look);
        assert_eq!(
            shown,
            "\u{1b}[1mID\u{1b}[0m  \u{1b}[1mSTATE\u{1b}[0m\na   \u{1b}[31mfailed\u{1b}[0m\n"
        );
    }

    #[test]
    fn columns_for_everything_are_shown_only_then() {
        let items = [json!({"id": "a", "tags": ["x"]})];
        let everything = Look {
            width: Width::Everything,
            ..PLAIN
        };
        assert_eq!(lines("id tags:9", &items, &PLAIN), "ID\na\n");
        assert_eq!(lines("id tags:9", &items, &everything), "ID  TAGS\na   x\n");
    }

    #[test]
    fn facts_are_wrapped_between_words_on_a_terminal() {
        let look = Look {
            width: Width::Terminal(14),
            ..PLAIN
        };
        let shown = card(
            "id why",
            &json!({"id": "a", "why": "nobody knows yet"}),
            &look,
        );
        assert_eq!(shown, "id   a\nwhy  nobody\n     knows yet\n");
    }

    #[test]
    fn csv_cells_are_quoted_where_needed() {
        let items = [json!({"id": "a,\"b\"", "price": {"amount": "1", "currency": "USD"}})];
        assert_eq!(
            csv(COLUMNS, &items).unwrap(),
            "id,price,gone\r\n\"a,\"\"b\"\"\",1 USD,\r\n"
        );
        assert_eq!(csv(COLUMNS, &[]).unwrap(), "id,price,gone\r\n");
    }

    #[test]
    fn one_item_is_shown_fact_by_fact() {
        let item = json!({
            "id": "a", "label": null, "voice": {"type": "webhook", "url": "https://a.test"}, "tags": [],
            "attempts": [{"state": "failed"}],
        });
        assert_eq!(
            details(&item, &PLAIN),
            "id                 a\nattempts[0].state  failed\nvoice.type         webhook\nvoice.url          https://a.test\n"
        );
    }
}
