//! Aligned columns, and CSV.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

use super::shape::Column;
use super::text::{cell, in_one_piece};
use crate::failure::Failure;

/// One line for each item. Empty columns are left out, and `false` is shown as empty.
pub(super) fn lines(columns: &'static str, items: &[Value], colour: bool) -> String {
    if items.is_empty() {
        return String::new();
    }
    let columns = Column::parse(columns);
    let short = |item: &Value| {
        let values = columns.iter().map(|column| column.value(item));
        let shown = values.map(|value| value.filter(|value| **value != Value::Bool(false)));
        shown
            .map(|value| to_seconds(value.map(cell).unwrap_or_default()))
            .collect()
    };
    let rows: Vec<Vec<String>> = items.iter().map(short).collect();
    let used: Vec<usize> = (0..columns.len())
        .filter(|at| rows.iter().any(|row| !row[*at].is_empty()))
        .collect();
    let mut table = plain();
    table.set_header(used.iter().map(|at| columns[*at].head()));
    for row in &rows {
        table.add_row(used.iter().map(|at| row[*at].as_str()));
    }
    finish(&table, colour)
}

/// The facts that are shown first.
const FIRST: [&str; 6] = ["id", "name", "number", "account", "state", "label"];

/// One line for each fact about one item. Unknown facts are left out.
pub(super) fn details(item: &Value) -> String {
    let mut facts = Vec::new();
    flatten("", item, &mut facts);
    facts.sort_by_key(|(name, _)| {
        FIRST
            .iter()
            .position(|first| first == name)
            .unwrap_or(FIRST.len())
    });
    let mut table = plain();
    for (name, text) in &facts {
        table.add_row([name, text]);
    }
    finish(&table, false)
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
        .map(inert)
        .collect()
}

/// A cell that no spreadsheet reads as a formula. Telephone numbers and amounts are unchanged.
fn inert(cell: String) -> String {
    let is_number = |rest: &str| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_formula = match cell.as_bytes().first() {
        Some(b'=' | b'@' | b'\t' | b'\r') => true,
        Some(b'+' | b'-') => !is_number(&cell[1..]),
        _ => false,
    };
    if is_formula { format!("'{cell}") } else { cell }
}

/// A time without its fraction of a second, which people don't read.
fn to_seconds(text: String) -> String {
    const SECONDS: usize = "2026-11-22T03:39:38".len();
    let is_time = text.as_bytes().get(SECONDS) == Some(&b'.')
        && text.as_bytes().get(10) == Some(&b'T')
        && text.ends_with('Z')
        && text.is_ascii();
    if is_time {
        format!("{}Z", &text[..SECONDS])
    } else {
        text
    }
}

fn plain() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn finish(table: &Table, colour: bool) -> String {
    let mut text = String::new();
    for (at, line) in table.lines().enumerate() {
        let line = line.trim_end();
        let line = line.strip_prefix(' ').unwrap_or(line);
        match (at, colour) {
            (0, true) => text.push_str(&format!("\x1b[1m{line}\x1b[0m\n")),
            _ => text.push_str(&format!("{line}\n")),
        }
    }
    text
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
                facts.push((path.to_owned(), to_seconds(text)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COLUMNS: &str = "id price gone=state/is_gone";

    #[test]
    fn columns_are_aligned_and_empty_columns_are_left_out() {
        let items = [
            json!({"id": "a", "price": {"amount": "1.15", "currency": "USD"}}),
            json!({"id": "bcd"}),
        ];
        assert_eq!(
            lines(COLUMNS, &items, false),
            "ID   PRICE\na    1.15 USD\nbcd\n"
        );
    }

    #[test]
    fn false_is_shown_as_empty() {
        let items = [
            json!({"id": "a", "state": {"is_gone": true}}),
            json!({"id": "b", "state": {"is_gone": false}}),
        ];
        assert_eq!(lines(COLUMNS, &items, false), "ID  GONE\na   true\nb\n");
        assert_eq!(lines(COLUMNS, &items[1..], false), "ID\nb\n");
    }

    #[test]
    fn heads_are_bold_when_colours_are_enabled() {
        assert_eq!(
            lines(COLUMNS, &[json!({"id": "a"})], true),
            "\u{1b}[1mID\u{1b}[0m\na\n"
        );
    }

    #[test]
    fn times_are_shown_to_the_second() {
        assert_eq!(
            to_seconds("2026-11-22T03:39:38.23690174Z".to_owned()),
            "2026-11-22T03:39:38Z"
        );
        for other in [
            "2026-11-22T03:39:38Z",
            "a label that is long enough. Z",
            "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}T\u{e9}\u{e9}\u{e9}\u{e9}.Z",
        ] {
            assert_eq!(to_seconds(other.to_owned()), other);
        }
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
            details(&item),
            "id                 a\nattempts[0].state  failed\nvoice.type         webhook\nvoice.url          https://a.test\n"
        );
    }

    #[test]
    fn formulas_are_escaped_and_numbers_are_not() {
        for formula in [
            "=1+1",
            "@SUM(A1)",
            "+HYPERLINK(1)",
            "-2+3",
            "+14155550100 x",
        ] {
            assert_eq!(inert(formula.to_owned()), format!("'{formula}"));
        }
        for plain in ["+14155550100", "-1.50", "", "Front desk", "a=b"] {
            assert_eq!(inert(plain.to_owned()), plain);
        }
    }
}
