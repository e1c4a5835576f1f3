//! What both databases do alike with the audit trail, events and webhooks: giving arguments and reading rows.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use trunkline_admin::audit::{Anchor, AuditFilter, Head, Link};
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::{Draft, Event, EventFilter};
use trunkline_admin::webhooks::{Delivery, DeliveryState, Endpoint, Mark};
use trunkline_core::{Error, ErrorKind, Result, Tenant, WebhookId};
use trunkline_engine::journal::Lease;

use crate::error::unreadable;
use crate::lease::millis;
use crate::rows::{Cells, document, json, limit};

/// A statement of either database that takes arguments.
pub(crate) trait Binds: Sized {
    /// Gives a text, or NULL.
    fn text(self, value: Option<String>) -> Self;

    /// Gives a number, or NULL.
    fn integer(self, value: Option<i64>) -> Self;

    /// Gives a text.
    fn word(self, value: &str) -> Self {
        self.text(Some(value.to_owned()))
    }

    /// Gives a number.
    fn number(self, value: i64) -> Self {
        self.integer(Some(value))
    }
}

/// Whose a trail is; nobody's if there is nothing in it.
pub(crate) fn tenant_of(trail: &Trail) -> Option<&Tenant> {
    let row = trail.audit.first().map(|row| &row.tenant);
    row.or_else(|| trail.events.first().map(|event| &event.tenant))
}

/// Where a tenant's chain and events end.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) head: Head,
    pub(crate) position: i64,
}

impl End {
    /// Reads what `LOCK_TRAIL` gave.
    pub(crate) fn read(row: Option<&impl Cells>) -> Result<Self> {
        let row = row.ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                "the database gave no place in the audit trail",
            )
        })?;
        Ok(Self {
            head: Head {
                seq: row.integer("seq")?,
                hash: row.text("hash")?,
            },
            position: row.integer("position")?,
        })
    }

    /// The rows that are to be added; it ends after them.
    pub(crate) fn links(&mut self, trail: &Trail) -> Result<Vec<Link>> {
        let mut links = Vec::with_capacity(trail.audit.len());
        for entry in &trail.audit {
            let link = Link::after(&self.head, entry).map_err(|error| {
                Error::new(ErrorKind::Internal, "an audit row can't be written").with_source(error)
            })?;
            self.head = Head {
                seq: link.seq,
                hash: link.hash.clone(),
            };
            links.push(link);
        }
        Ok(links)
    }

    /// Arguments of `PUT_TRAIL`.
    pub(crate) fn bind<Q: Binds>(&self, query: Q, tenant: &Tenant) -> Q {
        query
            .word(tenant.as_str())
            .number(self.head.seq)
            .word(&self.head.hash)
            .number(self.position)
    }
}

/// Arguments of `PUT_AUDIT`.
pub(crate) fn bind_link<Q: Binds>(query: Q, tenant: &Tenant, link: &Link) -> Q {
    let query = query
        .word(tenant.as_str())
        .number(link.seq)
        .number(link.at_ms)
        .word(&link.hash)
        .word(&link.text);
    link.copies
        .iter()
        .fold(query, |query, copy| query.text(copy.clone()))
}

/// Arguments of `NEXT_SEQUENCE`.
pub(crate) fn bind_sequence<Q: Binds>(query: Q, draft: &Draft) -> Q {
    query.word(draft.tenant.as_str()).word(&draft.resource)
}

/// Arguments of `PUT_EVENT`.
pub(crate) fn bind_event<Q: Binds>(query: Q, draft: &Draft, position: i64) -> Result<Q> {
    let query = query
        .word(draft.tenant.as_str())
        .number(position)
        .word(draft.id.as_str())
        .word(draft.kind.as_str())
        .word(&draft.account);
    Ok(query
        .word(&draft.resource)
        .number(draft.at.as_millisecond())
        .word(&json(draft)?))
}

/// Arguments of `LIST_AUDIT`.
pub(crate) fn bind_audit<Q: Binds>(
    query: Q,
    (tenant, filter): (&Tenant, &AuditFilter),
    most: usize,
) -> Result<Q> {
    // No text of PostgreSQL's holds this character, so no row has it.
    let text = |text: &Option<String>| text.as_ref().map(|text| text.replace('\0', "\u{fffd}"));
    let query = query
        .word(tenant.as_str())
        .text(text(&filter.account))
        .text(text(&filter.number))
        .text(text(&filter.action))
        .text(filter.key.as_ref().map(|key| key.as_str().to_owned()));
    let query = query
        .text(filter.outcome.map(|outcome| outcome.as_str().to_owned()))
        .text(text(&filter.request_id))
        .integer(filter.from.map(Timestamp::as_millisecond))
        .integer(filter.to.map(Timestamp::as_millisecond));
    let before = filter.before.as_ref();
    Ok(query
        .text(before.map(|id| id.as_str().to_owned()))
        .text(list(filter.accounts.as_ref())?)
        .number(limit(most)))
}

/// Arguments of `LIST_EVENTS`, up to the latest event that is surely to be seen.
pub(crate) fn bind_events<Q: Binds>(
    query: Q,
    (tenant, filter): (&Tenant, &EventFilter),
    (after, latest, most): (i64, i64, usize),
) -> Result<Q> {
    let types = (!filter.types.is_empty()).then_some(&filter.types);
    let account = filter.account.as_ref();
    let query = query
        .word(tenant.as_str())
        .number(after)
        .text(list(filter.accounts.as_ref())?)
        .text(list(types)?)
        .text(account.map(|text| text.replace('\0', "\u{fffd}")));
    Ok(query
        .integer(filter.since.map(Timestamp::as_millisecond))
        .number(latest)
        .number(limit(most)))
}

fn list<T: Serialize>(items: Option<&T>) -> Result<Option<String>> {
    items.map(json).transpose()
}

/// A row of a chain.
pub(crate) fn link(row: &impl Cells) -> Result<Link> {
    Ok(Link {
        seq: row.integer("seq")?,
        hash: row.text("hash")?,
        text: row.text("doc")?,
        at_ms: row.integer("at_ms")?,
        copies: [
            row.optional_text("id")?,
            row.optional_text("account")?,
            row.optional_text("number")?,
            row.optional_text("action")?,
            row.optional_text("key_id")?,
            row.optional_text("outcome")?,
            row.optional_text("request_id")?,
        ],
    })
}

/// Where a tenant's chain ends.
pub(crate) fn head(row: &impl Cells) -> Result<(Tenant, Head)> {
    let tenant = tenant(row)?;
    let head = Head {
        seq: row.integer("seq")?,
        hash: row.text("hash")?,
    };
    Ok((tenant, head))
}

/// A tenant alone.
pub(crate) fn tenant(row: &impl Cells) -> Result<Tenant> {
    Tenant::new(row.text("tenant")?).map_err(|error| unreadable("a tenant", error))
}

/// Whose chain is signed up to where.
pub(crate) fn anchor(row: &impl Cells) -> Result<(Tenant, Anchor)> {
    let (tenant, head) = head(row)?;
    let mac = row.text("mac")?;
    Ok((tenant, Anchor { head, mac }))
}

/// Arguments of `PUT_ANCHOR`.
pub(crate) fn bind_anchor<Q: Binds>(query: Q, tenant: &Tenant, anchor: &Anchor) -> Q {
    query
        .word(tenant.as_str())
        .number(anchor.head.seq)
        .word(&anchor.head.hash)
        .word(&anchor.mac)
}

/// An event.
pub(crate) fn event(row: &impl Cells) -> Result<Event> {
    Ok(Event {
        draft: document(row, "events")?,
        sequence: row.integer("sequence")?,
        position: row.integer("position")?,
    })
}

/// Arguments of `PUT_WEBHOOK`.
pub(crate) fn bind_webhook<Q: Binds>(query: Q, endpoint: &Endpoint, anew: bool) -> Result<Q> {
    Ok(query
        .word(endpoint.id.as_str())
        .word(endpoint.tenant.as_str())
        .number(i64::from(endpoint.enabled))
        .word(&json(endpoint)?)
        .number(i64::from(anew)))
}

/// Arguments of `PUT_DELIVERY`.
pub(crate) fn bind_delivery<Q: Binds>(query: Q, id: &WebhookId, event: &Event) -> Q {
    query
        .word(id.as_str())
        .word(event.draft.tenant.as_str())
        .number(event.position)
        .word(&event.draft.resource)
}

/// Arguments of `MARK_DELIVERY`.
pub(crate) fn bind_mark<Q: Binds>(
    query: Q,
    delivery: &Delivery,
    (mark, lease): (&Mark, &Lease),
) -> Q {
    let query = query
        .word(delivery.webhook.as_str())
        .number(delivery.event.position)
        .word(mark.state.as_str())
        .number(millis(mark.again_in));
    let error = mark.error.as_ref();
    query
        .word(&mark.attempted_at.to_string())
        .text(mark.status.map(|status| status.to_string()))
        .text(error.map(|error| error.replace('\0', "\u{fffd}")))
        .word(&lease.name)
        .number(lease.fence)
        .word(&lease.owner)
}

/// A delivery.
pub(crate) fn delivery(row: &impl Cells) -> Result<Delivery> {
    let (name, webhook) = (row.text("state")?, row.text("webhook")?);
    let state = DeliveryState::ALL
        .into_iter()
        .find(|state| state.as_str() == name);
    let unknown = || unreadable("a delivery's state", std::io::Error::other(name));
    let attempted_at = row.optional_text("attempted_at")?;
    let status = row.optional_text("status")?;
    // Both were written by ourselves; one that can't be read is no reason to send nothing.
    fn read<T: FromStr>(text: Option<String>) -> Option<T> {
        text.and_then(|text| text.parse().ok())
    }
    Ok(Delivery {
        webhook: WebhookId::new(webhook).map_err(|error| unreadable("a webhook's id", error))?,
        event: event(row)?,
        state: state.ok_or_else(unknown)?,
        attempts: u32::try_from(row.integer("attempts")?).unwrap_or(u32::MAX),
        // A database whose clock was set back counts from then.
        age: Duration::from_millis(u64::try_from(row.integer("age_ms")?).unwrap_or(0)),
        attempted_at: read(attempted_at),
        status: read(status),
        error: row.optional_text("error")?,
    })
}

/// A count, which is never negative.
pub(crate) fn count(row: Option<&impl Cells>, column: &'static str) -> Result<u64> {
    let count = row.map(|row| row.integer(column)).transpose()?;
    Ok(u64::try_from(count.unwrap_or_default()).unwrap_or(0))
}
