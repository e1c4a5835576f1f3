//! Findings and their presentation.

use serde::Serialize;
use serde_json::Value;

use crate::render::Look;

/// Result of one check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// Fine.
    #[default]
    Ok,
    /// It works, but should be looked at.
    Warn,
    /// It does not work.
    Fail,
}

/// One finding.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    status: Status,
    /// Subject: `config`, `database`, `redis`, `clock`, or an account's name.
    about: String,
    detail: String,
    /// What to do about it.
    remedy: Option<String>,
}

/// All findings, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Report(Vec<Finding>);

impl Report {
    /// Adds a check that found nothing wrong.
    pub(super) fn ok(&mut self, about: &str, detail: impl Into<String>) {
        self.add(Status::Ok, about, [detail.into(), String::new()]);
    }

    /// Adds a warning.
    pub(super) fn warn(
        &mut self,
        about: &str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(Status::Warn, about, [detail.into(), remedy.into()]);
    }

    /// Adds a failure.
    pub(super) fn fail(
        &mut self,
        about: &str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(Status::Fail, about, [detail.into(), remedy.into()]);
    }

    fn add(&mut self, status: Status, about: &str, [detail, remedy]: [String; 2]) {
        self.0.push(Finding {
            status,
            about: about.to_owned(),
            detail,
            remedy: Some(remedy).filter(|remedy| !remedy.is_empty()),
        });
    }

    /// Adds the findings of another report.
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn worst(&self) -> Status {
        let statuses = self.0.iter().map(|finding| finding.status);
        statuses.max().unwrap_or_default()
    }

    pub(super) fn has_failed(&self) -> bool {
        self.worst() == Status::Fail
    }

    /// For programs.
    pub(super) fn json(&self) -> Vec<Value> {
        let value = |finding| serde_json::to_value(finding).unwrap_or_default();
        self.0.iter().map(value).collect()
    }

    /// For people: a line for each finding, followed by its remedy.
    pub(super) fn text(&self, look: &Look) -> String {
        let colour = look.colour;
        let width = self.0.iter().map(|finding| finding.about.len()).max();
        let width = width.unwrap_or_default();
        let mut text = String::new();
        for finding in &self.0 {
            let (word, code) = match finding.status {
                Status::Ok => ("ok  ", 32),
                Status::Warn => ("warn", 33),
                Status::Fail => ("fail", 31),
            };
            let word = if colour {
                format!("\x1b[{code}m{word}\x1b[0m")
            } else {
                word.to_owned()
            };
            let about = &finding.about;
            // Columns: the status, the subject, and the rest.
            let indent = 4 + 2 + width + 2;
            let detail = look.wrap(&finding.detail, indent);
            text.push_str(&format!("{word}  {about:<width$}  {detail}\n"));
            if let Some(remedy) = &finding.remedy {
                let remedy = look.wrap(remedy, indent + 3);
                text.push_str(&format!("{:indent$}-> {remedy}\n", ""));
            }
        }
        text.push_str(&self.summary());
        text
    }

    fn summary(&self) -> String {
        let count = |status| {
            let found = self.0.iter().filter(|finding| finding.status == status);
            found.count()
        };
        match (count(Status::Fail), count(Status::Warn)) {
            (0, 0) => "\nEverything is fine.\n".to_owned(),
            (failed, warned) => format!(
                "\n{}, {}.\n",
                counted(failed, "failure"),
                counted(warned, "warning")
            ),
        }
    }
}

/// `1 failure`, `2 failures`.
fn counted(count: usize, what: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {what}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_is_followed_by_its_remedy() {
        let mut report = Report::default();
        report.ok("config", "read");
        report.fail("us", "refused", "renew it");
        assert_eq!(
            report.text(&Look::PLAIN),
            "ok    config  read\nfail  us      refused\n              -> renew it\n\n1 failure, 0 warnings.\n"
        );
        assert!(report.has_failed() && report.json()[1]["remedy"] == "renew it");
    }
}
