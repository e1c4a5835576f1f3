//! Standard output and standard error of a command.

use std::io::Write;

use crate::failure::{Exit, Failure};

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
        }
    }

    /// The same console, for as long as this one is borrowed.
    pub(crate) fn reborrow(&mut self) -> Console<'_> {
        Console {
            out: &mut *self.out,
            err: &mut *self.err,
            ..*self
        }
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

    /// Writes a line to standard error and ignores errors.
    pub(crate) fn note(&mut self, text: &str) {
        let _ = writeln!(self.err, "{text}").and_then(|()| self.err.flush());
    }

    /// Writes why a command failed.
    pub(crate) fn fail(&mut self, failure: &Failure) -> Exit {
        for line in failure.lines() {
            self.note(&line);
        }
        failure.exit()
    }

    /// Writes help, the version, or what is wrong with the arguments.
    pub(crate) fn usage(&mut self, error: &clap::Error) -> Exit {
        let is_help = !error.use_stderr();
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
