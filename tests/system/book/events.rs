//! The page of the events names every type that there is.

use super::Page;
use trunkline_admin::events::EventType;

#[test]
fn every_type_of_event_stands_on_its_page_and_no_other() {
    let page = Page::read("docs/reference/events.md".to_owned());
    let rows = page.text.lines().filter(|line| line.starts_with("| `"));
    let named = rows.flat_map(|row| {
        let cell = row.split(" | ").next().unwrap_or_default();
        cell.split('`').skip(1).step_by(2)
    });
    let mut named: Vec<&str> = named.filter(|name| name.contains('.')).collect();
    named.sort_unstable();
    let mut known = EventType::ALL.map(EventType::as_str);
    known.sort_unstable();
    assert_eq!(named, known);
}
