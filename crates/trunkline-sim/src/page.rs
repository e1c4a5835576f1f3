//! The story of a seed as one page for a browser, without network.

use serde::Serialize;
use trunkline_core::{Error, ErrorKind, Result};

use crate::Report;

/// The page; the story stands in the place of the marker.
const PAGE: &str = include_str!("page.html");

/// Where the story goes.
const MARKER: &str = "/*STORY*/null";

/// A line of the story.
#[derive(Serialize)]
struct Line<'a> {
    at: f64,
    who: &'a str,
    what: &'a str,
}

/// The page of a run whose lines were kept; `command` replays it.
///
/// # Errors
/// `Internal` if the story can't be written as JSON.
pub fn page(report: &Report, command: &str) -> Result<String> {
    let lines: Vec<_> = report.lines.iter().filter_map(|line| read(line)).collect();
    let story = serde_json::json!({"report": report, "command": command, "lines": lines});
    let story = serde_json::to_string(&story).map_err(|error| {
        Error::new(ErrorKind::Internal, "the story can't be written").with_source(error)
    })?;
    // No tag can end the script.
    Ok(PAGE.replacen(MARKER, &story.replace('<', "\\u003c"), 1))
}

fn read(line: &str) -> Option<Line<'_>> {
    let (at, rest) = line.trim_start().split_once(' ')?;
    let (who, what) = rest.split_once(' ')?;
    Some(Line {
        at: at.parse().ok()?,
        who,
        what: what.trim_start(),
    })
}
