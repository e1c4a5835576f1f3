//! The two ends of the comparison with other programs (`benches/peers/run`): a carrier that answers at once, and the load.
//!
//! ```text
//! trunkline-peers carrier PORT [DELAY_MS [NUMBERS]]
//! trunkline-peers load URL [clients=16] [secs=3] [rate=N] [buy=ACCOUNT] [key=SECRET]
//! trunkline-peers sync DIRECTORY [SECS]
//! ```
//!
//! `load` prints one JSON object: answers, failures, seconds, median and 99th percentile in microseconds. With `rate` requests
//! begin on a fixed schedule and are measured from their place in it; without it each client asks again as soon as it is answered.

mod carrier;
mod load;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use tokio::time::Instant;

type Failed = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "trunkline-peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match words {
        ["carrier", port, options @ ..] if options.len() < 3 => {
            let number = |at: usize| options.get(at).map_or(Ok(0), |text| text.parse::<u32>());
            let delay = Duration::from_millis(number(0)?.into());
            runtime.block_on(carrier::serve(port.parse()?, delay, number(1)? as usize))
        }
        ["load", url, options @ ..] => {
            let report = runtime.block_on(load::Load::parse(url, options)?.run())?;
            print(&report)
        }
        ["sync", directory] => sync(directory, 2),
        ["sync", directory, seconds] => sync(directory, seconds.parse()?),
        _ => Err("one of carrier PORT, load URL, sync DIRECTORY is wanted".into()),
    }
}

fn print(report: &serde_json::Value) -> Result<(), Failed> {
    Ok(writeln!(std::io::stdout(), "{report}")?)
}

/// How often a second the disk takes 4 KB for good.
fn sync(directory: &str, seconds: u64) -> Result<(), Failed> {
    let path = std::path::Path::new(directory).join("sync.probe");
    let mut file = std::fs::File::create(&path)?;
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed().as_secs() < seconds {
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    let rate = f64::from(count) / started.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    print(&serde_json::json!({ "syncs_per_second": rate }))
}
