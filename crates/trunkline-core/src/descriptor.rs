//! What a carrier is: one value of its adapter, which everything that speaks of carriers reads.

use crate::capability::Capability;
use crate::error::{Error, ErrorKind};
use crate::model::ProviderName;

/// What a carrier is. Each adapter has one. Configuration, diagnosis, the API, the console and the generated documents
/// read it, so that none of them names a carrier.
#[derive(Clone, Debug)]
pub struct Descriptor {
    /// The name in configuration and answers, such as `twilio`.
    pub provider: ProviderName,
    /// The name for people, such as `Twilio`.
    pub label: &'static str,
    /// The header in which its answers name the request; lower case.
    pub request_id_header: &'static str,
    /// The header with the signature of what it calls back; `None` if it calls nothing back.
    pub callback_signature_header: Option<&'static str>,
    /// The settings of an account beside those that every account has.
    pub settings: &'static [Setting],
    /// What an account can do, unless its settings take something away.
    pub capability: fn() -> Capability,
    /// The types of routing that it knows for calls, such as `webhook`; empty if calls can't be routed.
    pub voice: &'static [&'static str],
    /// The types of routing that it knows for messages.
    pub messaging: &'static [&'static str],
    /// True when numbers are kept by location: registering one takes a location, and each location has a main number.
    pub by_location: bool,
    /// How a number becomes a caller ID, in a phrase.
    pub caller_ids: &'static str,
    /// What to do when the credential is refused: where to get one, and what is easily mistaken.
    pub credential: &'static str,
    /// The rights that reading takes.
    pub to_read: &'static str,
    /// The rights that buying, changing and releasing take.
    pub to_write: &'static str,
    /// The carrier's own pages about the API that the adapter speaks.
    pub documentation: &'static [&'static str],
}

/// A setting of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key.
    pub key: &'static str,
    /// True when it is secret: it may be read from the environment or a file, and is never shown.
    pub secret: bool,
    /// What it is for, and where to get it.
    pub about: &'static str,
}

impl Setting {
    /// A setting that anybody may see.
    #[must_use]
    pub const fn plain(key: &'static str, about: &'static str) -> Self {
        Self {
            key,
            secret: false,
            about,
        }
    }

    /// A secret.
    #[must_use]
    pub const fn secret(key: &'static str, about: &'static str) -> Self {
        Self {
            key,
            secret: true,
            about,
        }
    }
}

impl Descriptor {
    /// The keys of the settings that are secret.
    pub fn secrets(&self) -> impl Iterator<Item = &'static str> + use<> {
        let secret = self.settings.iter().filter(|setting| setting.secret);
        secret.map(|setting| setting.key)
    }

    /// What to do about an error that the carrier answered with; empty when there is nothing to advise.
    pub fn remedy(&self, error: &Error) -> String {
        let advice = match error.kind() {
            ErrorKind::CredentialRefused => self.credential,
            ErrorKind::PermissionDenied => return format!("it takes {}", self.to_read),
            ErrorKind::PaymentRequired => "top up the account at the carrier, or settle its bill",
            ErrorKind::RateLimited => {
                "something else uses up the account's limit: lower `limits`, or try again later"
            }
            ErrorKind::UpstreamUnavailable | ErrorKind::Timeout => {
                "check base_url, name resolution, the firewall, and the carrier's status page"
            }
            ErrorKind::Protocol => "check base_url: something else answers there",
            ErrorKind::Config => "correct the account's settings",
            _ => "",
        };
        advice.to_owned()
    }
}
