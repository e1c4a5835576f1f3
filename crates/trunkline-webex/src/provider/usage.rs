//! What a number is used for, changed at once and without a job.

use trunkline_core::{Effect, Error, ErrorKind, Operation, Result, Upstream};

use super::Webex;
use super::change::is_used_so;
use super::jobs::Task;
use crate::id::Key;
use crate::request::Usage;
use crate::{PROVIDER, error, wire};

impl Webex {
    /// Has a number used so. A request whose answer is lost is not sent again: the list shows what came of it.
    ///
    /// # Errors
    /// What Webex says of the number.
    pub(super) async fn put_usage(&self, task: &Task<'_>, usage: Usage) -> Result<()> {
        let request = self.requests.set_usage(task.location, task.number, usage)?;
        let told = match self.send(request).await {
            Ok(answer) => answer.json().and_then(|told| self.verdict(&told, task)),
            Err(error) => Err(error),
        };
        match told {
            Err(error) if error.effect() == Effect::Unknown => {
                let key = Key::Number(task.number.to_owned());
                let shown = self.find(Operation::Update, &key).await;
                match shown.is_ok_and(|row| is_used_so(&row, usage)) {
                    true => Ok(()),
                    false => Err(error),
                }
            }
            told => told,
        }
    }

    /// What an order says about the number; what it does not say yet, the list will show.
    fn verdict(&self, told: &wire::UsageOrders, task: &Task<'_>) -> Result<()> {
        let mut flaws = None;
        for order in &told.orders {
            let own = order.numbers.iter();
            let mut own = own.filter(|outcome| outcome.number.is(task.number));
            if let Some(failed) = own.find(|outcome| outcome.status.is("FAILED")) {
                flaws = Some(failed.errors.iter().chain(&order.errors).next());
            } else if order.status.is("ERROR") {
                flaws = Some(order.errors.first());
            }
        }
        let Some(flaw) = flaws else {
            return Ok(());
        };
        let code = flaw.and_then(|flaw| flaw.error_code.get());
        let words =
            flaw.and_then(|flaw| flaw.error_message.get().or_else(|| flaw.error_title.get()));
        let kind = code.and_then(error::kind_of_code);
        let message = format!(
            "Webex does not change what the number is used for: {}",
            words.unwrap_or("no reason given")
        );
        let refused = Error::new(kind.unwrap_or(ErrorKind::Conflict), message);
        Err(refused
            .with_account(self.account.clone())
            .with_provider(PROVIDER.clone())
            .with_operation(Operation::Update)
            .with_upstream(Upstream {
                code: code.map(str::to_owned),
                message: words.map(str::to_owned),
                ..Upstream::default()
            }))
    }
}
