//! `docs/carriers.md` is written from the descriptors of the adapters.

use std::fmt::Write;

use trunkline_core::{CallerIdMethod, Capability, Descriptor, Operation};

use crate::snapshot;

const PAGE: &str = "\
# Carriers

What each carrier needs and can do. This page is written by a test from the descriptors of the adapters
(`crates/trunkline-*/src/descriptor.rs`); `GET /v1/providers` answers the same. [Your first real account](how-to/accounts.md) has the first
steps, [Settings](reference/settings.md) what every account has, and [coverage.md](coverage.md) says where each operation, filter and field of the
carriers' documentation is found.
";

fn joined<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items
        .into_iter()
        .map(|item| format!("`{}`", item.to_string()))
        .collect();
    if items.is_empty() {
        "–".to_owned()
    } else {
        items.join(", ")
    }
}

fn yes(can: bool, text: &str) -> String {
    if can {
        text.to_owned()
    } else {
        "–".to_owned()
    }
}

fn search(it: &Capability) -> String {
    let places = match &it.countries {
        Some(countries) => joined(countries),
        None => "countries as the carrier answers".to_owned(),
    };
    let prices = if it.search_has_prices {
        "; with prices"
    } else {
        ""
    };
    let types = match it.number_types.len() {
        ..=3 => joined(&it.number_types),
        _ => "every type".to_owned(),
    };
    let text = format!("{types}; {places}{prices}");
    yes(it.supports(Operation::SearchAvailable), &text)
}

fn release(it: &Capability) -> String {
    match it.release_cooldown_days {
        0 => yes(it.supports(Operation::Release), "yes"),
        days => format!("yes; a release {days} days after the purchase at the earliest"),
    }
}

/// A row of the table: what it is about, and what it says of a carrier.
type Row = (&'static str, fn(&Descriptor, &Capability) -> String);

const ROWS: &[Row] = &[
    ("search available numbers", |_, can| search(can)),
    ("purchase, exactly once", |_, can| {
        yes(can.supports(Operation::Purchase), "yes")
    }),
    ("list, show, change, release", |_, can| release(can)),
    ("register, ranges", |it, can| {
        let text = if it.by_location {
            "yes, with a location"
        } else {
            "yes"
        };
        yes(can.supports(Operation::RegisterRange), text)
    }),
    ("main number", |it, can| {
        let text = if it.by_location {
            "one for each location"
        } else {
            "yes"
        };
        yes(can.supports(Operation::SetMain), text)
    }),
    ("caller IDs", |it, _| it.caller_ids.to_owned()),
    ("signs in with", |it, _| joined(it.secrets())),
];

fn table() -> String {
    let carriers = trunkline::descriptors();
    let mut text = "|".to_owned();
    for it in &carriers {
        write!(text, " | {}", it.label).unwrap();
    }
    text += " |\n|";
    text += &" --- |".repeat(carriers.len() + 1);
    text.push('\n');
    for (about, says) in ROWS {
        write!(text, "| {about}").unwrap();
        for it in &carriers {
            write!(text, " | {}", says(it, &(it.capability)())).unwrap();
        }
        text += " |\n";
    }
    text
}

fn section(it: &Descriptor) -> String {
    let can = (it.capability)();
    let names = |all: &[&str]| joined(all);
    let proof = match can.caller_id_method {
        Some(CallerIdMethod::CallEnterCode) => " (`call_enter_code`)",
        Some(CallerIdMethod::CallSubmitCode) => " (`call_submit_code`)",
        Some(CallerIdMethod::Directory) => " (`directory`)",
        None => "",
    };
    let mut text = format!(
        "\n## {}\n\n`provider = \"{}\"`\n\n| setting | about |\n| --- | --- |\n",
        it.label, it.provider
    );
    for setting in it.settings {
        let secret = if setting.secret { ", secret" } else { "" };
        writeln!(text, "| `{}`{secret} | {} |", setting.key, setting.about).unwrap();
    }
    write!(
        text,
        "\n- Rights for reading: {}.\n- Rights for buying, changing and releasing: {}.\n\
         - If the credential is refused: {}.\n- Routing of calls: {}; of messages: {}.\n\
         - Fields of a number that can be changed: {}.\n- Search filters: {}; applied by trunkline: {}.\n\
         - List filters: {}; applied by trunkline: {}; the carrier's own: {}.\n- Caller IDs: {}{proof}.\n",
        it.to_read,
        it.to_write,
        it.credential,
        names(it.voice),
        names(it.messaging),
        joined(can.writable.iter().map(|field| field.as_str())),
        joined(can.search_filters.iter().map(|filter| filter.as_str())),
        joined(can.search_filters_local.iter().map(|filter| filter.as_str())),
        joined(can.list_filters.iter().map(|filter| filter.as_str())),
        joined(can.list_filters_local.iter().map(|filter| filter.as_str())),
        names(&can.list_options),
        it.caller_ids,
    )
    .unwrap();
    for page in it.documentation {
        writeln!(text, "- Documentation: <{page}>").unwrap();
    }
    text
}

#[test]
fn page_of_carriers_is_current() {
    let mut text = PAGE.to_owned() + "\n" + &table();
    for it in trunkline::descriptors() {
        text += &section(it);
    }
    snapshot("docs/carriers.md", &text);
}
