//! The files, as they are in the folder `assets`.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// A file of the console.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its path below `/console/`.
    pub path: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
}

macro_rules! asset {
    ($path:literal) => {
        Asset {
            path: $path,
            bytes: include_bytes!(concat!("../assets/", $path)),
        }
    };
}

/// All files. A test holds the list against the folder.
pub const ASSETS: &[Asset] = &[
    asset!("app.js"),
    asset!("console.css"),
    asset!("icon.svg"),
    asset!("index.html"),
    asset!("lib/api.js"),
    asset!("lib/filters.js"),
    asset!("lib/format.js"),
    asset!("lib/forms.js"),
    asset!("lib/html.js"),
    asset!("lib/orders.js"),
    asset!("lib/route.js"),
    asset!("lib/state.js"),
    asset!("theme.js"),
    asset!("ui/basic.js"),
    asset!("ui/charts.js"),
    asset!("ui/dialog.js"),
    asset!("ui/evidence.js"),
    asset!("ui/problem.js"),
    asset!("ui/routing.js"),
    asset!("ui/sources.js"),
    asset!("ui/table.js"),
    asset!("vendor/LICENSE-htm.txt"),
    asset!("vendor/LICENSE-preact.txt"),
    asset!("vendor/README.txt"),
    asset!("vendor/hooks.js"),
    asset!("vendor/htm.js"),
    asset!("vendor/preact.js"),
    asset!("views/account.js"),
    asset!("views/accounts.js"),
    asset!("views/allocate.js"),
    asset!("views/amend.js"),
    asset!("views/audit.js"),
    asset!("views/buy.js"),
    asset!("views/caller-id.js"),
    asset!("views/caller-ids.js"),
    asset!("views/edit.js"),
    asset!("views/events.js"),
    asset!("views/history.js"),
    asset!("views/inventory.js"),
    asset!("views/keys.js"),
    asset!("views/login.js"),
    asset!("views/number.js"),
    asset!("views/order.js"),
    asset!("views/pages.js"),
    asset!("views/purchase.js"),
    asset!("views/purchases.js"),
    asset!("views/register.js"),
    asset!("views/release.js"),
    asset!("views/search.js"),
    asset!("views/verify.js"),
];

impl Asset {
    /// The media type, by the name's ending.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self.path.rsplit_once('.') {
            Some((_, "html")) => "text/html; charset=utf-8",
            Some((_, "js")) => "text/javascript; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            Some((_, "svg")) => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        }
    }

    /// A strong `ETag`: half of the SHA-256 of what is in it.
    #[must_use]
    pub fn tag(&self) -> String {
        let digest = Sha256::digest(self.bytes);
        let mut tag = String::from("\"");
        for byte in &digest[..16] {
            // Writing into a text never fails.
            let _ = write!(tag, "{byte:02x}");
        }
        tag.push('"');
        tag
    }
}
