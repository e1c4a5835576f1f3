//! A sign of life while something takes long.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use crate::console::Console;

const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// Waits for `work`; a person who watches sees what for, and how long it takes.
pub(crate) async fn watch<T>(
    console: &mut Console<'_>,
    what: &str,
    work: impl Future<Output = T>,
) -> T {
    if !console.err_is_terminal {
        return work.await;
    }
    let started = Instant::now();
    // What is quick needs no sign of life.
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
                // Back to the start of the line, and the line empty.
                let _ = write!(console.err, "\r\x1b[2K").and_then(|()| console.err.flush());
                return output;
            }
            _ = ticks.tick() => {
                let frame = frames.next().unwrap_or(' ');
                let seconds = started.elapsed().as_secs();
                let _ = write!(console.err, "\r{frame} {what} {seconds} s").and_then(|()| console.err.flush());
            }
        }
    }
}
