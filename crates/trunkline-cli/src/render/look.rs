//! How tables and texts look on the terminal or in the file that they are written to.

use super::fit::{self, Width};

/// Colours and width.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Whether heads of tables are bold, and states have colours.
    pub(crate) colour: bool,
    /// How much is shown of a table.
    pub(crate) width: Width,
}

impl Look {
    /// That of a file.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self {
        colour: false,
        width: Width::Unlimited,
    };

    /// A text broken between words to fit the terminal, if its lines begin after so many cells.
    pub(crate) fn wrap(&self, text: &str, indent: usize) -> String {
        match self.width {
            Width::Terminal(width) => {
                let lines = fit::wrap(text, width.saturating_sub(indent));
                lines.join(&format!("\n{}", " ".repeat(indent)))
            }
            Width::Everything | Width::Unlimited => text.to_owned(),
        }
    }
}
