//! Whether the command of a row sends what the row says, to a server that only listens.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use trunkline_cli::{Console, Exit};

use super::value::at;
use super::{Entry, Place};

/// A list without anything in it, which does for anything else too.
const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 44\r\n\r\n{\"data\":[],\"next_cursor\":null,\"sources\":[] }";

/// What a command has sent.
#[derive(Debug)]
struct Sent {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Value,
}

/// Runs the command of the row.
pub(super) async fn check(entry: &Entry<'_>) -> Result<(), String> {
    let Some(command) = entry.command() else {
        let is_setting = entry.section.place == Place::Named;
        return is_setting
            .then_some(())
            .ok_or_else(|| "no command".to_owned());
    };
    let sent = run(&command).await?;
    let http = entry.http().unwrap_or_default();
    let (method, route) = http.split_once(' ').unwrap_or_default();
    if sent.method != method || !is_at(route, &sent.path) {
        return Err(format!("`{command}` sends {} {}", sent.method, sent.path));
    }
    if entry.is_input() && !sent.has(&entry.row.ours) {
        return Err(format!("`{command}` does not send it: {sent:?}"));
    }
    Ok(())
}

/// Runs a command and tells its first request.
async fn run(command: &str) -> Result<Sent, String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut arguments = vec!["trunkline".to_owned(), "--server".to_owned(), server];
    arguments.extend(words(command));
    let mut console = Console::capture(&mut out, &mut err);
    let (sent, exit) = tokio::select! {
        sent = listen(&listener) => (Some(sent), None),
        exit = trunkline_cli::run(arguments, &mut console) => (None, Some(exit)),
    };
    match (sent, exit) {
        (Some(sent), _) => Ok(sent),
        (_, exit) => {
            let usage = if exit == Some(Exit::Usage) {
                "is not understood"
            } else {
                "sends nothing"
            };
            Err(format!(
                "`{command}` {usage}: {}",
                String::from_utf8_lossy(&err)
            ))
        }
    }
}

/// Takes one request.
async fn listen(listener: &TcpListener) -> Sent {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut received = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&received).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let length = length.map_or(0, |(_, length)| length.trim().parse().unwrap());
            if body.len() >= length {
                stream.write_all(ANSWER.as_bytes()).await.unwrap();
                return Sent::read(head, body);
            }
        }
        assert!(stream.read_buf(&mut received).await.unwrap() > 0, "{text}");
    }
}

impl Sent {
    fn read(head: &str, body: &str) -> Self {
        let mut line = head.lines().next().unwrap_or_default().split(' ');
        let method = line.next().unwrap_or_default().to_owned();
        let target = line.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = form_urlencoded::parse(query.as_bytes()).into_owned();
        Self {
            method,
            path: path.to_owned(),
            query: query.collect(),
            body: serde_json::from_str(body).unwrap_or(json!(null)),
        }
    }

    /// Whether a member of the API is among what was sent; that it is in the path is told by the route.
    fn has(&self, ours: &str) -> bool {
        let option = ours.strip_prefix("provider_options.");
        let name = option.map_or_else(
            || ours.to_owned(),
            |option| format!("provider_options[{option}]"),
        );
        ours == "id"
            || self.query.iter().any(|(sent, _)| *sent == name)
            || at(&self.body, ours).iter().any(|value| !value.is_null())
    }
}

/// Whether a path is one of a route.
fn is_at(route: &str, path: &str) -> bool {
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    let fits = |(wanted, given): (&&str, &&str)| {
        wanted == given || (wanted.starts_with('{') && !given.is_empty())
    };
    route.len() == path.len() && route.iter().zip(&path).all(fits)
}

/// The words of a command line; single quotes hold one together.
pub(super) fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in command.chars() {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words
}
