//! The story of a run, line by line, and its digest.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::time::Instant;
use tracing_subscriber::fmt::MakeWriter;

/// What happened, in order. The digest covers every line, whether the lines are kept or not.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    start: Instant,
    kept: bool,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    lines: Vec<String>,
    /// The newest line.
    line: String,
    digest: u64,
}

impl Trace {
    pub(crate) fn new(start: Instant, kept: bool) -> Self {
        let inner = Inner {
            lines: Vec::new(),
            line: String::new(),
            digest: 0xcbf2_9ce4_8422_2325,
        };
        Self {
            start,
            kept,
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Adds what `who` did or saw.
    pub(crate) fn tell(&self, who: &dyn Display, what: &dyn Display) {
        let at = self.start.elapsed().as_secs_f64();
        let mut inner = self.inner.lock();
        let inner = &mut *inner;
        inner.line.clear();
        // Writing to a text does not fail.
        let _ = write!(inner.line, "{at:>11.3} {who:<14} {what}");
        // FNV-1a.
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        inner.digest = inner.line.bytes().fold(inner.digest, mix);
        if self.kept {
            inner.lines.push(inner.line.clone());
        }
    }

    /// The lines and the digest of all.
    pub(crate) fn end(&self) -> (Vec<String>, u64) {
        let mut inner = self.inner.lock();
        (std::mem::take(&mut inner.lines), inner.digest)
    }
}

/// Takes what the engine logs.
impl<'w> MakeWriter<'w> for Trace {
    type Writer = LogLine<'w>;

    fn make_writer(&'w self) -> LogLine<'w> {
        LogLine(self)
    }
}

/// A line of the log on its way into the trace.
#[derive(Debug)]
pub(crate) struct LogLine<'w>(&'w Trace);

impl Write for LogLine<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0
            .tell(&"log", &String::from_utf8_lossy(text).trim_end());
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
