//! Webhooks: who wants to hear of events, and what was sent to them.

mod endpoint;
mod manage;
mod outbox;
mod secret;
mod service;
mod worker;

pub use endpoint::{Delivery, DeliveryFilter, DeliveryState, Endpoint, Mark};
pub use manage::{EndpointPatch, NewEndpoint, Redelivery};
pub use outbox::{Batch, Outbox};
pub use secret::{Secret, sign};
pub use service::Webhooks;
pub use worker::{BACKLOG, DELIVERIES};
