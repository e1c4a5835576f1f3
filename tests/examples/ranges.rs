//! Registers 10 000 numbers as one range at a Wazo that takes 4 ms for each, through gateway and command line, and judges
//! what is told by what was there before: `cargo run -p trunkline-tests --example ranges [NUMBERS [MS_EACH]]`.
//!
//! The gateway is a process of its own: this program, run again as `ranges serve ...`. Exit code 1 if a number is told
//! wrongly, or if Wazo was asked for two parts at once.

#[path = "../system/range.rs"]
mod range;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitCode, Stdio};

use serde_json::Value;
use trunkline_cli::Console;

use range::{Figures, Size};

type Failed = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "serve") {
        let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
        let mut console = Console::capture(&mut out, &mut err);
        let arguments = ["trunkline".to_owned()].into_iter().chain(arguments);
        let exit = trunkline_cli::run(arguments, &mut console).await;
        return ExitCode::from(exit as u8);
    }
    match measure(&arguments).await {
        Ok(figures) => {
            // Nothing can be done where nobody reads.
            let _ = writeln!(std::io::stdout(), "{figures}");
            match figures.at_once {
                1 => ExitCode::SUCCESS,
                _ => ExitCode::FAILURE,
            }
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(arguments: &[String]) -> Result<Figures, Failed> {
    let number = |at: usize, unless_said: u64| {
        let said = arguments.get(at).map(|text| text.parse());
        said.unwrap_or(Ok(unless_said))
    };
    let size = Size {
        numbers: number(0, 10_000)?,
        ms_each: number(1, 4)?,
    };
    let directory = tempfile::tempdir()?;
    let gateway = Gateway::start(directory.path())?;
    let control = async |line: &str, body: &str| gateway.control(line, body).unwrap_or_default();
    let figures = range::register(&gateway.url, control, size).await?;
    Ok(figures)
}

/// A gateway with the fake carriers in a process of its own, killed when dropped.
struct Gateway {
    child: Child,
    url: String,
    control: String,
}

impl Gateway {
    fn start(directory: &std::path::Path) -> Result<Self, Failed> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--sandbox",
                "--port-base",
                "0",
            ])
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let out = child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        let mut after = |mark: &str| {
            let mut found = lines.by_ref().filter_map(|line| {
                let (_, rest) = line.split_once(mark)?;
                Some(rest.split_whitespace().next()?.to_owned())
            });
            found
                .next()
                .ok_or_else(|| format!("it does not say {mark}"))
        };
        let url = after("listens on ")?;
        let control = after("control")?.trim_start_matches("http://").to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self {
            child,
            url,
            control,
        })
    }

    /// One request to the control port of the sandbox.
    fn control(&self, line: &str, body: &str) -> Result<Value, Failed> {
        let mut stream = TcpStream::connect(&self.control)?;
        let length = body.len();
        write!(
            stream,
            "{line} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}",
            self.control
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("no body")?;
        Ok(serde_json::from_str(body)?)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
