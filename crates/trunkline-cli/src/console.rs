//! Standard output and standard error of a command.

use std::io::{BufRead, Write};

use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::render::{cells, wrap};

/// What stands for a space that no line is broken at.
const GLUE: char = '\u{a0}';

/// Standard output and standard error, or what replaces them in a test.
pub struct Console<'a> {
    /// For the answer.
    pub out: &'a mut dyn Write,
    /// For notes, progress and errors.
    pub err: &'a mut dyn Write,
    /// Whether `out` is a terminal.
    pub out_is_terminal: bool,
    /// Whether `err` is a terminal.
    pub err_is_terminal: bool,
    /// Cells in a line of the terminal that `out` is, if its width is known.
    pub columns: Option<usize>,
    /// Where a person answers questions; `None` if nobody is there.
    pub input: Option<&'a mut dyn BufRead>,
    /// Whether notes and errors are written as JSON, one object a line. `--output json` sets it.
    pub is_json: bool,
}

impl std::fmt::Debug for Console<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console")
            .field("out_is_terminal", &self.out_is_terminal)
            .field("err_is_terminal", &self.err_is_terminal)
            .finish_non_exhaustive()
    }
}

impl<'a> Console<'a> {
    /// A console without a terminal.
    pub fn capture(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Self {
            out,
            err,
            out_is_terminal: false,
            err_is_terminal: false,
            columns: None,
            input: None,
            is_json: false,
        }
    }

    /// The same console, for as long as this one is borrowed.
    pub(crate) fn reborrow(&mut self) -> Console<'_> {
        Console {
            out: &mut *self.out,
            err: &mut *self.err,
            input: match &mut self.input {
                Some(input) => Some(&mut **input),
                None => None,
            },
            ..*self
        }
    }

    /// Asks a person a question that yes or no answers. `None` if nobody is there.
    ///
    /// # Errors
    /// An answer that can't be read.
    pub(crate) fn ask(&mut self, question: &str) -> Result<Option<bool>, Failure> {
        let Some(input) = &mut self.input else {
            return Ok(None);
        };
        // Without a question nobody would answer.
        let asked = write!(self.err, "{question} [y/N] ").and_then(|()| self.err.flush());
        let mut answer = String::new();
        let read = asked.and_then(|()| input.read_line(&mut answer));
        read.map_err(|error| Failure::failed(format!("the answer can't be read: {error}")))?;
        let answer = answer.trim().to_lowercase();
        Ok(Some(matches!(answer.as_str(), "y" | "yes")))
    }

    /// Writes the answer, with a line break at its end.
    pub(crate) fn answer(&mut self, text: &str) -> Result<(), Failure> {
        let end = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let written = write!(self.out, "{text}{end}").and_then(|()| self.out.flush());
        written.map_err(|error| Failure::unwritten(&error))
    }

    /// Writes to standard output and ignores errors: a server goes on when its reader is gone.
    pub(crate) fn note_out(&mut self, text: &str) {
        let _ = write!(self.out, "{text}").and_then(|()| self.out.flush());
    }

    /// Writes a note to standard error and ignores errors. In JSON its first word, such as `hint`, is its name.
    pub(crate) fn note(&mut self, text: &str) {
        let line = match text.split_once(": ") {
            _ if !self.is_json => self.fitted(text),
            Some((kind @ ("note" | "hint" | "warning"), text)) => json!({ kind: text }).to_string(),
            _ => json!({ "note": text }).to_string(),
        };
        self.write_line(&line);
    }

    /// A text broken between words to fit the terminal.
    fn fitted(&self, text: &str) -> String {
        match self.columns.filter(|_| self.err_is_terminal) {
            Some(width) => {
                let lines = text.lines().map(|line| fitted(line, width));
                lines.collect::<Vec<_>>().join("\n")
            }
            None => text.to_owned(),
        }
    }

    fn write_line(&mut self, line: &str) {
        let _ = writeln!(self.err, "{line}").and_then(|()| self.err.flush());
    }

    /// Writes why a command failed: lines for people, a problem document for programs.
    pub(crate) fn fail(&mut self, failure: &Failure) -> Exit {
        if self.is_json {
            if let Some(problem) = failure.problem() {
                self.write_line(&problem.to_string());
            }
        } else {
            for line in failure.lines() {
                let line = self.fitted(&line);
                self.write_line(&line);
            }
        }
        failure.exit()
    }

    /// Writes help, the version, or what is wrong with the arguments.
    pub(crate) fn usage(&mut self, error: &clap::Error) -> Exit {
        let is_help = !error.use_stderr();
        if self.is_json && !is_help {
            let text = error.render().to_string();
            return self.fail(&Failure::usage(
                text.trim_start_matches("error: ").trim_end(),
            ));
        }
        let (to, colour): (&mut dyn Write, bool) = match is_help {
            true => (self.out, self.out_is_terminal),
            false => (self.err, self.err_is_terminal),
        };
        let text = match colour {
            true => error.render().ansi().to_string(),
            false => error.render().to_string(),
        };
        match to.write_all(text.as_bytes()) {
            Ok(()) if is_help => Exit::Done,
            _ => Exit::Usage,
        }
    }
}

/// A line broken between words, if it is too long. Commands, in backticks or on a line of their own, stay in one piece, to be copied.
fn fitted(line: &str, width: usize) -> String {
    if cells(line) <= width || line.starts_with("  trunkline ") {
        return line.to_owned();
    }
    let mut is_command = false;
    let glued: String = line
        .chars()
        .map(|c| {
            is_command ^= c == '`';
            if is_command && c == ' ' { GLUE } else { c }
        })
        .collect();
    let lines = wrap(&glued, width.saturating_sub(2));
    lines.join("\n  ").replace(GLUE, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_broken_between_words_and_commands_stay_whole() {
        let said = |columns: Option<usize>| {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let mut console = Console::capture(&mut out, &mut err);
            console.err_is_terminal = true;
            console.columns = columns;
            console.note("hint: to see how it ends: `trunkline purchases get pur_1` shows it");
            console.note("NUMBER        ACCOUNT  STATE  ID");
            console.note("question: late\n  trunkline purchases resolve pur_1 --outcome failed");
            String::from_utf8(err).unwrap()
        };
        assert_eq!(
            said(Some(32)),
            "hint: to see how it ends:\n  `trunkline purchases get pur_1`\n  shows it\n\
             NUMBER        ACCOUNT  STATE  ID\nquestion: late\n  trunkline purchases resolve pur_1 --outcome failed\n"
        );
        assert_eq!(said(None).lines().count(), 4);
    }
}
