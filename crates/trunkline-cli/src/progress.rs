//! Progress on the terminal while a command waits.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use crate::console::Console;

const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// Waits for `work`. A terminal shows what is waited for, and for how long.
pub(crate) async fn watch<T>(
    console: &mut Console<'_>,
    what: &str,
    work: impl Future<Output = T>,
) -> T {
    if !console.err_is_terminal {
        return work.await;
    }
    let started = Instant::now();
    // Nothing is shown for short waits.
    let mut ticks = tokio::time::interval_at(
        started + Duration::from_millis(300),
        Duration::from_millis(120),
    );
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut frames = FRAMES.into_iter().cycle();
    tokio::pin!(work);
    loop {
        tokio::select! {
            output = &mut work => {
                show(console, "");
                return output;
            }
            _ = ticks.tick() => {
                let frame = frames.next().unwrap_or(' ');
                let seconds = started.elapsed().as_secs();
                show(console, &format!("{frame} {what} {seconds} s"));
            }
        }
    }
}

/// Replaces the last line on the terminal.
fn show(console: &mut Console<'_>, line: &str) {
    let _ = write!(console.err, "\r\x1b[2K{line}").and_then(|()| console.err.flush());
}

/// How far work has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) done: u64,
    pub(crate) all: u64,
    pub(crate) words: String,
}

/// A progress bar on a terminal.
#[derive(Debug)]
pub(crate) struct Bar {
    what: &'static str,
    started: Instant,
    drawn: usize,
}

impl Bar {
    /// Cells between its ends.
    const WIDTH: u64 = 24;

    pub(crate) fn new(what: &'static str) -> Self {
        Self {
            what,
            started: Instant::now(),
            drawn: 0,
        }
    }

    /// Draws the bar.
    pub(crate) fn draw(&mut self, console: &mut Console<'_>, progress: &Progress) {
        if !console.err_is_terminal {
            return;
        }
        let frame = FRAMES[self.drawn % FRAMES.len()];
        self.drawn += 1;
        let Progress { done, all, words } = progress;
        let full = usize::try_from(done * Self::WIDTH / (*all).max(1)).unwrap_or_default();
        let width = usize::try_from(Self::WIDTH).unwrap_or_default();
        let bar = format!("{:░<width$}", "█".repeat(full.min(width)));
        let (what, seconds) = (self.what, self.started.elapsed().as_secs());
        show(
            console,
            &format!("{frame} {what} {bar} {words}, {seconds} s"),
        );
    }

    /// Removes the bar.
    pub(crate) fn clear(&self, console: &mut Console<'_>) {
        if self.drawn > 0 {
            show(console, "");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(terminal: bool) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console::capture(&mut out, &mut err);
        console.err_is_terminal = terminal;
        let mut bar = Bar::new("allocating");
        let progress = Progress {
            done: 5,
            all: 20,
            words: "5 of 20 bought".to_owned(),
        };
        bar.draw(&mut console, &progress);
        bar.clear(&mut console);
        String::from_utf8(err).unwrap()
    }

    #[test]
    fn bar_is_drawn_on_a_terminal_and_removed_in_the_end() {
        let text = drawn(true);
        assert!(
            text.contains("██████░░░░░░░░░░░░░░░░░░ 5 of 20 bought, 0 s"),
            "{text}"
        );
        assert!(text.ends_with("\r\x1b[2K"), "{text}");
    }

    #[test]
    fn nothing_is_drawn_without_a_terminal() {
        assert_eq!(drawn(false), "");
    }
}
