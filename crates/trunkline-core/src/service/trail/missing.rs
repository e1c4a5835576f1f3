//! What numbers leave behind that go away, and come again, without us.

use serde_json::{Value, json};

use super::Trail;
use crate::service::audit::{Entry, Outcome, action};
use crate::service::events::{Draft, EventType};
use crate::service::missing::MissingNumber;

impl MissingNumber {
    /// It is gone: released without us.
    #[must_use]
    pub(crate) fn trail_of_end(&self) -> Trail {
        let data = json!({ "number": self.number, "purchase": self.purchase, "missing_since": self.since });
        self.tell(action::NUMBER_GONE, EventType::NumberGone, data)
    }

    /// It is there again.
    #[must_use]
    pub(crate) fn trail_of_return(&self) -> Trail {
        let data =
            json!({ "number": self.number, "purchase": self.purchase, "gone_at": self.gone_at });
        self.tell(action::NUMBER_RETURNED, EventType::NumberReturned, data)
    }

    fn tell(&self, action: &'static str, event: EventType, data: Value) -> Trail {
        let row = Entry::by((&self.tenant, self.trail.acting(true)), action)
            .at(self.number_id.account())
            .about(Some(self.number.as_str()))
            .on(self.number_id.as_str())
            .changing(None, Some(data.clone()))
            .ended(Outcome::Ok);
        let event = Draft::new(event, &self.tenant, self.number_id.account());
        Trail {
            by: self.trail.by.clone(),
            ..Trail::default()
        }
        .with(row)
        .telling(event.on(self.number_id.as_str()).with(data))
    }
}
