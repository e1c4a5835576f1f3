//! The API keys that the clients use: one for everything, and one with a ceiling.

use std::sync::Arc;

use serde_json::{Value, json};
use trunkline_cli::Console;

use crate::spend;
use crate::wire::{self, Addresses, Ask, Gateways, Wire};
use crate::world::World;

#[derive(Clone, Debug)]
pub(crate) struct Keys {
    client: reqwest::Client,
    all: Arc<str>,
    capped: Arc<str>,
    pub(crate) capped_id: String,
}

impl Keys {
    /// The gateways at these addresses, with the keys.
    pub(crate) fn at(&self, addresses: Addresses) -> Gateways {
        Gateways {
            client: self.client.clone(),
            addresses,
            key: Arc::clone(&self.all),
            capped: Arc::clone(&self.capped),
        }
    }
}

/// Makes the first key, as the operator does who has the database, and gives its secret. Errors: it can't be made.
pub(crate) async fn make(world: &World) -> Result<Arc<str>, String> {
    let config = world.path().join("trunkline.toml").display().to_string();
    let arguments = [
        "trunkline",
        "keys",
        "create",
        "--name",
        "torture",
        "--scope",
        "all",
        "-o",
        "json",
        "--config",
        &config,
        "--database",
        &world.database,
    ];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    trunkline_cli::run(arguments, &mut Console::capture(&mut out, &mut err)).await;
    let made: Value = serde_json::from_slice(&out).unwrap_or_default();
    let failed = || format!("no key can be made: {}", String::from_utf8_lossy(&err));
    made["secret"].as_str().map(Arc::from).ok_or_else(failed)
}

/// Makes the key with a ceiling, over a gateway. Errors: it can't be made.
pub(crate) async fn with_ceiling(
    all: Arc<str>,
    addresses: &Addresses,
    purchases: usize,
) -> Result<Keys, String> {
    let mut keys = Keys {
        client: wire::client()?,
        capped: Arc::clone(&all),
        all,
        capped_id: String::new(),
    };
    let ceiling = spend::amount(spend::key_ceiling(purchases));
    let body = json!({
        "name": "capped", "scopes": ["numbers:read", "numbers:write", "numbers:purchase", "numbers:release"],
        "spend": { "monthly": { "amount": ceiling, "currency": "USD" } }
    });
    let mut client = Wire::new(keys.at(addresses.clone()));
    let ask = Ask::post("/v1/keys", &body).under("capped");
    let made = client.ask(&ask).await;
    let made = made.ok_or("no gateway answers")?.body;
    let (Some(secret), Some(id)) = (made["secret"].as_str(), made["id"].as_str()) else {
        return Err(format!("no key with a ceiling can be made: {made}"));
    };
    keys.capped = Arc::from(secret);
    keys.capped_id = id.to_owned();
    Ok(keys)
}
