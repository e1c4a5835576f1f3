//! Answers as tables for people, and as JSON or CSV for programs.

mod columns;
mod fit;
mod json;
mod look;
mod shape;
mod table;
mod text;

use serde_json::Value;

use crate::args::Format;
use crate::failure::Failure;

pub(crate) use columns::*;
pub(crate) use fit::{Width, cells, wrap};
pub(crate) use look::Look;
pub(crate) use shape::Shape;

/// How answers are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) format: Format,
    /// Whether JSON is indented.
    pub(crate) pretty: bool,
    /// How tables look.
    pub(crate) look: Look,
}

impl Shape {
    /// Items as CSV.
    ///
    /// # Errors
    /// Items that can't be written.
    pub(crate) fn csv(&self, items: &[Value]) -> Result<String, Failure> {
        table::csv(self.csv, items)
    }
}

impl Style {
    /// Whether people read the answer.
    pub(crate) fn is_for_people(&self) -> bool {
        self.format == Format::Table
    }

    /// Several items; `body` is the whole answer.
    ///
    /// # Errors
    /// Items that can't be written as CSV.
    pub(crate) fn list(
        &self,
        shape: &Shape,
        items: &[Value],
        body: &str,
    ) -> Result<String, Failure> {
        match self.format {
            Format::Json => Ok(self.json(body)),
            Format::Csv => table::csv(shape.csv, items),
            Format::Table => Ok(self.table(shape, items)),
        }
    }

    /// Several items as a table for people.
    pub(crate) fn table(&self, shape: &Shape, items: &[Value]) -> String {
        table::lines(shape.table, items, &self.look)
    }

    /// One item, with everything about it.
    ///
    /// # Errors
    /// As [`Style::list`].
    pub(crate) fn item(&self, shape: &Shape, item: &Value, body: &str) -> Result<String, Failure> {
        match self.format {
            Format::Table => Ok(self.facts(item)),
            Format::Json | Format::Csv => self.list(shape, std::slice::from_ref(item), body),
        }
    }

    /// What the columns show of one item; people read it fact by fact.
    ///
    /// # Errors
    /// As [`Style::list`].
    pub(crate) fn card(&self, shape: &Shape, item: &Value, body: &str) -> Result<String, Failure> {
        match self.format {
            Format::Table => Ok(table::card(shape.table, item, &self.look)),
            Format::Json | Format::Csv => self.list(shape, std::slice::from_ref(item), body),
        }
    }

    /// Everything about one item, for people.
    pub(crate) fn facts(&self, item: &Value) -> String {
        table::details(item, &self.look)
    }

    /// JSON as it was answered.
    pub(crate) fn json(&self, body: &str) -> String {
        if self.pretty {
            json::pretty(body)
        } else {
            body.to_owned()
        }
    }
}
