//! What commands work with: the options, the console and the API.

use serde_json::{Value, json};

use crate::args::{Format, Global, PageArgs, WriteArgs};
use crate::call::{Call, Pairs, new_key, path};
use crate::client::{Api, Needs, Target};
use crate::console::Console;
use crate::failure::{Exit, Failure};
use crate::listing::{Listing, follow};
use crate::render::{Look, Shape, Style, Width};

/// What to type when accounts fail.
pub(crate) const FAILING: &str = "hint: `trunkline accounts NAME` shows the last error in full; on the gateway's machine `trunkline doctor` \
    tries the credentials and says what to do";

/// How a command ended, or why it failed.
pub(crate) type Ended = Result<Exit, Failure>;

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Context<'c> {
    pub(crate) global: Global,
    pub(crate) target: Target,
    pub(crate) console: Console<'c>,
    pub(crate) style: Style,
}

/// What a command works with that calls the API.
#[derive(Debug)]
pub(crate) struct Session<'c> {
    pub(crate) api: Api,
    pub(crate) console: Console<'c>,
    pub(crate) style: Style,
}

/// A list of the API, whose items have ids: path, columns, and the note for an empty list.
pub(crate) struct Collection {
    pub(crate) path: &'static str,
    pub(crate) shape: Shape,
    pub(crate) empty: &'static str,
}

impl Collection {
    /// The path of an item.
    pub(crate) fn at(&self, id: &str) -> String {
        path(self.path, id)
    }
}

/// A write: sent, or only shown with `--dry-run`.
pub(crate) struct Change {
    call: Call,
    dry_run: bool,
    about: Option<Value>,
    remark: &'static str,
}

impl Change {
    /// A write without an idempotency key.
    pub(crate) fn new(call: Call, dry_run: bool) -> Self {
        Self {
            call,
            dry_run,
            about: None,
            remark: "",
        }
    }

    /// A write with the idempotency key of the arguments, if they have one.
    pub(crate) fn keyed(call: Call, write: WriteArgs) -> Self {
        Self::new(call.with_key(write.idempotency_key), write.dry_run)
    }

    /// Whether it is sent, not only shown.
    pub(crate) const fn is_sent(&self) -> bool {
        !self.dry_run
    }

    /// Adds what a dry run says.
    #[must_use]
    pub(crate) fn remark(mut self, remark: &'static str) -> Self {
        self.remark = remark;
        self
    }

    /// Has a dry run show what is at this path now.
    ///
    /// # Errors
    /// Those of the API.
    pub(crate) async fn about(mut self, path: &str, api: &Api) -> Result<Self, Failure> {
        if self.dry_run {
            self.about = Some(api.get(path).await?);
        }
        Ok(self)
    }

    /// Has a dry run show this.
    #[must_use]
    pub(crate) fn showing(mut self, about: Option<Value>) -> Self {
        self.about = about;
        self
    }
}

impl<'c> Context<'c> {
    pub(crate) fn new(global: Global, target: Target, console: Console<'c>) -> Self {
        let width = match console.columns {
            _ if global.wide => Width::Everything,
            Some(columns) => Width::Terminal(columns),
            None => Width::Unlimited,
        };
        let style = Style {
            format: global.output,
            pretty: console.out_is_terminal,
            look: Look {
                colour: console.out_is_terminal && !global.no_color,
                width,
            },
        };
        Self {
            global,
            target,
            console,
            style,
        }
    }

    /// Opens the API, and warns about an unencrypted way there.
    ///
    /// # Errors
    /// Those of [`Api::open`].
    pub(crate) async fn open(mut self, needs: Needs) -> Result<Session<'c>, Failure> {
        let api = Api::open(&self.target, &self.global, needs).await?;
        if let Some(warning) = api.warning() {
            self.console.note(warning);
        }
        Ok(Session {
            api,
            console: self.console,
            style: self.style,
        })
    }
}

impl Session<'_> {
    /// Writes a note beside the answer.
    pub(crate) fn note(&mut self, text: &str) {
        self.console.note(text);
    }

    /// Writes a warning, if there is one.
    pub(crate) fn warn(&mut self, warning: Option<String>) {
        if let Some(warning) = warning {
            self.note(&warning);
        }
    }

    /// Writes a note that only people read.
    pub(crate) fn note_for_people(&mut self, text: &str) {
        if self.style.is_for_people() {
            self.console.note(text);
        }
    }

    /// The idempotency key of a purchase. A new one is shown before it is sent, so that the command can be repeated if the
    /// answer is lost.
    pub(crate) fn key(&mut self, write: &WriteArgs) -> String {
        let key = write.idempotency_key.clone().unwrap_or_else(new_key);
        if write.idempotency_key.is_none() && !write.dry_run {
            self.note(&format!("idempotency key: {key}"));
        }
        key
    }

    /// Follows a list and writes it. The exit status says whether accounts failed.
    pub(crate) async fn list(&mut self, of: &Collection, query: Pairs, page: PageArgs) -> Ended {
        Ok(self.listed(of, query, page).await?.exit())
    }

    /// Follows a list, writes it, and returns it.
    pub(crate) async fn listed(
        &mut self,
        of: &Collection,
        query: Pairs,
        page: PageArgs,
    ) -> Result<Listing, Failure> {
        let named = query.iter().any(|(name, _)| name == "account");
        let call = Call::get(of.path).with_query(query);
        let found = follow(&self.api, &call, page).await?;
        self.answer_list(&found, &of.shape, of.empty)?;
        if found.has_more() && !found.items().is_empty() {
            self.note_for_people("note: there are more: use --limit N or --all");
        }
        self.note_sources(&found, named);
        Ok(found)
    }

    /// Writes a list, or a note if it is empty.
    pub(crate) fn answer_list(
        &mut self,
        found: &Listing,
        shape: &Shape,
        empty: &str,
    ) -> Result<(), Failure> {
        let items = found.items();
        self.answer_items(shape, &items, &found.json())?;
        // A list is not empty when its accounts could not be asked.
        if items.is_empty() && found.exit() != Exit::Failed {
            self.note_for_people(empty);
        }
        Ok(())
    }

    /// Writes what people should know of the accounts of a list. `named`: the accounts were named in the arguments.
    pub(crate) fn note_sources(&mut self, found: &Listing, named: bool) {
        for note in found.notes(named) {
            self.note(&note);
        }
        if found.exit() != Exit::Done {
            self.note_for_people(FAILING);
        }
    }

    /// Writes several items; `body` is the whole answer.
    pub(crate) fn answer_items(
        &mut self,
        shape: &Shape,
        items: &[Value],
        body: &str,
    ) -> Result<(), Failure> {
        let text = self.style.list(shape, items, body)?;
        self.console.answer(&text)?;
        if matches!(self.style.look.width, Width::Terminal(_)) && text.contains('…') {
            self.note_for_people("note: … stands for what does not fit: --wide shows everything");
        }
        Ok(())
    }

    /// Writes one item with everything about it; `body` is the whole answer.
    pub(crate) fn answer_item(
        &mut self,
        shape: &Shape,
        item: &Value,
        body: &str,
    ) -> Result<(), Failure> {
        let text = self.style.item(shape, item, body)?;
        self.console.answer(&text)
    }

    /// Writes an item of a list.
    pub(crate) async fn get(&mut self, of: &Collection, id: &str) -> Ended {
        self.show(&Call::get(of.at(id)), &of.shape).await
    }

    /// Writes a list that has one page.
    pub(crate) async fn all(&mut self, of: &Collection) -> Result<Listing, Failure> {
        let found = Listing::read(self.api.send(&Call::get(of.path)).await?)?;
        self.answer_list(&found, &of.shape, of.empty)?;
        Ok(found)
    }

    /// Makes a call whose answer is one item, and writes it.
    pub(crate) async fn show(&mut self, call: &Call, shape: &Shape) -> Ended {
        let reply = self.api.send(call).await?;
        self.answer_item(shape, &reply.value()?, &reply.body)?;
        Ok(Exit::Done)
    }

    /// Sends a write and writes the item that it answers, or shows it.
    pub(crate) async fn change(&mut self, change: Change, shape: &Shape) -> Ended {
        if change.dry_run {
            return self.plan(&change.call, change.about, change.remark);
        }
        self.show(&change.call, shape).await
    }

    /// Sends a write without an answer and says what it did, or shows it.
    pub(crate) async fn remove(&mut self, change: Change, done: &str) -> Ended {
        if change.dry_run {
            return self.plan(&change.call, change.about, change.remark);
        }
        self.api.send(&change.call).await?;
        if self.style.is_for_people() {
            self.console.answer(done)?;
        }
        Ok(Exit::Done)
    }

    /// Shows a request that is not sent: the request, what it is about, and a remark for people.
    pub(crate) fn plan(&mut self, call: &Call, about: Option<Value>, remark: &str) -> Ended {
        let text = match self.style.format {
            Format::Json => {
                let answer = json!({ "dry_run": true, "request": call.describe(), "about": about });
                self.style.json(&answer.to_string())
            }
            Format::Table | Format::Csv => {
                let mut text = format!("Nothing is sent. The request would be:\n\n{}", call.show());
                if let Some(about) = about {
                    text.push_str("\nIt is about:\n\n");
                    text.push_str(&self.style.facts(&about));
                }
                if !remark.is_empty() {
                    text.push_str(&format!("\n{remark}\n"));
                }
                text
            }
        };
        self.console.answer(&text)?;
        Ok(Exit::Done)
    }
}
