//! How a log line is written: text for people, or one flat JSON object.

use std::fmt::{self, Debug, Write as _};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;
use trunkline::config::LogFormat;
use trunkline_admin::chronicle::TARGET;

/// Writes the fields of an event, and those of the spans around it unless the event has them itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line(pub(super) LogFormat);

impl<S> FormatEvent<S, JsonFields> for Line
where
    S: Subscriber + for<'l> LookupSpan<'l>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        let metadata = event.metadata();
        for span in context
            .event_scope()
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            let of_span = span.extensions();
            let of_span = of_span.get::<FormattedFields<JsonFields>>();
            let of_span = of_span.and_then(|fields| serde_json::from_str(&fields.fields).ok());
            fields.0.extend(of_span.unwrap_or_else(Map::new));
        }
        if metadata.target() == TARGET {
            // These lines say by themselves what they are about.
            fields.0.retain(|name, _| name == "trace_id");
        }
        event.record(&mut fields);
        match self.0 {
            LogFormat::Json => json(fields.0, metadata.level(), metadata.target(), writer),
            LogFormat::Text => text(fields.0, metadata.level(), metadata.target(), writer),
        }
    }
}

/// The fields of an event by name.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn keep(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.keep(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value);
    }
}

fn message(fields: &mut Map<String, Value>) -> String {
    match fields.remove("message") {
        Some(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// One object: time, level and message first, then the fields by name, and where in the program it was written.
fn json(
    mut fields: Map<String, Value>,
    level: &Level,
    target: &str,
    mut to: Writer<'_>,
) -> fmt::Result {
    let (now, message) = (Timestamp::now(), Value::from(message(&mut fields)));
    write!(
        to,
        "{{\"timestamp\":\"{now:.3}\",\"level\":\"{level}\",\"message\":{message}"
    )?;
    fields.insert("target".to_owned(), target.into());
    // Sorted, whatever order serde_json keeps.
    let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
    fields.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    for (name, value) in fields {
        write!(to, ",{}:{value}", Value::from(name))?;
    }
    writeln!(to, "}}")
}

/// A sentence, followed by the fields that it does not name.
fn text(
    mut fields: Map<String, Value>,
    level: &Level,
    target: &str,
    mut to: Writer<'_>,
) -> fmt::Result {
    let message = message(&mut fields);
    // The line of the request itself has them.
    fields.retain(|name, _| !["method", "route", "trace_id"].contains(&name.as_str()));
    let colour = match *level {
        Level::ERROR => "31",
        Level::WARN => "33",
        Level::INFO => "32",
        Level::DEBUG | Level::TRACE => "34",
    };
    let now = Timestamp::now();
    match to.has_ansi_escapes() {
        true => write!(
            to,
            "\x1b[2m{now:.3}\x1b[0m \x1b[{colour}m{level:>5}\x1b[0m {message}"
        )?,
        false => write!(to, "{now:.3} {level:>5} {message}")?,
    }
    if *level > Level::INFO {
        fields.insert("target".to_owned(), target.into());
    }
    let mut rest = String::new();
    for (name, value) in &fields {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if !value.is_empty() && !is_said(&message, &value) {
            let is_plain = value.chars().all(|c| c.is_ascii_graphic() && c != '"');
            match is_plain {
                true => write!(rest, " {name}={value}")?,
                false => write!(rest, " {name}={value:?}")?,
            }
        }
    }
    match to.has_ansi_escapes() {
        true => writeln!(to, "\x1b[2m{rest}\x1b[0m"),
        false => writeln!(to, "{rest}"),
    }
}

/// Whether a message has a value as one of its words, or as its end.
fn is_said(message: &str, value: &str) -> bool {
    let is_end = message.ends_with(value) && value.contains(' ');
    is_end || message.split([' ', ':', ',']).any(|word| word == value)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A line without its time.
    fn logged(format: LogFormat, log: impl FnOnce()) -> String {
        let buffer = Buffer::default();
        let made = buffer.clone();
        let lines = tracing_subscriber::fmt::layer()
            .fmt_fields(JsonFields::new())
            .event_format(Line(format))
            .with_ansi(false)
            .with_writer(move || made.clone());
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(subscriber, log);
        let text = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
        match format {
            LogFormat::Text => text.split_once(' ').unwrap().1.to_owned(),
            LogFormat::Json => text,
        }
    }

    fn buy() {
        let span = tracing::info_span!("request", request_id = "req_1", method = "POST");
        span.in_scope(|| {
            tracing::info!(
                account = "us",
                price = "1.15 USD",
                missing = None::<&str>,
                duration_ms = 12,
                "bought it at us"
            );
        });
    }

    #[test]
    fn text_is_a_sentence_with_the_fields_that_it_does_not_name() {
        assert_eq!(
            logged(LogFormat::Text, buy),
            " INFO bought it at us duration_ms=12 price=\"1.15 USD\" request_id=req_1\n"
        );
    }

    #[test]
    fn json_is_one_flat_object_with_the_fields_of_its_spans() {
        let line: Value = serde_json::from_str(&logged(LogFormat::Json, buy)).unwrap();
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
        let rest: Vec<_> = [
            "level",
            "message",
            "account",
            "duration_ms",
            "request_id",
            "missing",
        ]
        .map(|name| line[name].clone())
        .into();
        let wanted = serde_json::json!(["INFO", "bought it at us", "us", 12, "req_1", null]);
        assert_eq!(Value::from(rest), wanted);
    }

    #[test]
    fn line_breaks_in_a_value_are_escaped() {
        let log = || tracing::warn!(error = "a\nb", "lost");
        assert_eq!(logged(LogFormat::Text, log), " WARN lost error=\"a\\nb\"\n");
    }
}
