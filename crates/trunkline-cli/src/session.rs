//! What every command works with: the options, the console, and how answers are written to it.

use serde_json::{Value, json};

use crate::args::{Format, Global, PageArgs};
use crate::call::{Call, Pairs};
use crate::client::{Api, Target};
use crate::console::Console;
use crate::failure::{Exit, Failure};
use crate::listing::{Listing, follow};
use crate::render::{Shape, Style};

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Session<'s, 'c> {
    pub(crate) global: Global,
    pub(crate) console: &'s mut Console<'c>,
    pub(crate) target: Target,
    pub(crate) style: Style,
}

/// A list command: where, and with which filters.
pub(crate) struct ListCall {
    pub(crate) path: &'static str,
    pub(crate) query: Pairs,
    pub(crate) page: PageArgs,
    pub(crate) shape: Shape,
    pub(crate) empty: &'static str,
}

/// A change that was only to be looked at.
pub(crate) struct Plan<'a> {
    pub(crate) call: &'a Call,
    /// What it is about, as it is now.
    pub(crate) about: Option<Value>,
    /// What a person should know of that.
    pub(crate) remark: &'a str,
}

impl<'s, 'c> Session<'s, 'c> {
    pub(crate) fn new(global: Global, target: Target, console: &'s mut Console<'c>) -> Self {
        let style = Style {
            format: global.output,
            pretty: console.out_is_terminal,
            colour: console.out_is_terminal && !global.no_color,
        };
        Self {
            global,
            console,
            target,
            style,
        }
    }

    /// Whether a person reads the answer.
    pub(crate) fn is_for_people(&self) -> bool {
        self.style.format == Format::Table
    }

    /// Follows a list and tells what it found, and which accounts failed.
    pub(crate) async fn list(&mut self, api: &Api, list: ListCall) -> Result<Exit, Failure> {
        let found = self.listed(api, list).await?;
        Ok(found.exit())
    }

    /// The same, and gives what was found.
    pub(crate) async fn listed(&mut self, api: &Api, list: ListCall) -> Result<Listing, Failure> {
        let named = list.query.iter().any(|(name, _)| name == "account");
        let call = Call::get(list.path).with_query(list.query);
        let found = follow(api, &call, list.page).await?;
        self.tell(&found, &list.shape, list.empty)?;
        let answered = found.exit() != Exit::Failed;
        if self.is_for_people() && answered && found.has_more() {
            self.console
                .note("note: there is more: --limit N, or --all");
        }
        for note in found.notes(named) {
            self.console.note(&note);
        }
        Ok(found)
    }

    /// Writes the items of a list.
    pub(crate) fn tell(
        &mut self,
        found: &Listing,
        shape: &Shape,
        empty: &str,
    ) -> Result<(), Failure> {
        let items = found.items();
        self.console
            .answer(&self.style.list(shape, &items, &found.json())?)?;
        // What could not be asked is not empty.
        if self.is_for_people() && items.is_empty() && found.exit() != Exit::Failed {
            self.console.note(empty);
        }
        Ok(())
    }

    /// Makes a call whose answer is one item, and tells it.
    pub(crate) async fn show(
        &mut self,
        api: &Api,
        call: &Call,
        shape: &Shape,
    ) -> Result<Exit, Failure> {
        let reply = api.send(call).await?;
        let item = reply.value()?;
        self.console
            .answer(&self.style.item(shape, &item, &reply.body)?)?;
        Ok(Exit::Done)
    }

    /// Tells what would be sent.
    pub(crate) fn plan(&mut self, plan: Plan<'_>) -> Result<Exit, Failure> {
        let text = match self.style.format {
            Format::Json => {
                let answer = json!({ "dry_run": true, "request": plan.call.describe(), "about": plan.about });
                self.style.json(&answer.to_string())
            }
            Format::Table | Format::Csv => {
                let mut text = format!("Nothing is sent. It would be:\n\n{}", plan.call.show());
                if let Some(about) = plan.about {
                    text.push_str("\nIt is about:\n\n");
                    text.push_str(&self.style.facts(&about));
                }
                if !plan.remark.is_empty() {
                    text.push_str(&format!("\n{}\n", plan.remark));
                }
                text
            }
        };
        self.console.answer(&text)?;
        Ok(Exit::Done)
    }
}
