//! What each carrier wants to see, and where to get it.

use trunkline_core::{Error, ErrorKind};

/// What to do about an error of a carrier.
pub(super) fn of(provider: &str, error: &Error) -> String {
    match error.kind() {
        ErrorKind::Unauthenticated => credential(provider).to_owned(),
        ErrorKind::PermissionDenied => format!("it takes {}", to_read(provider)),
        ErrorKind::PaymentRequired => {
            "top up the account at the carrier, or settle its bill".to_owned()
        }
        ErrorKind::RateLimited => {
            "something else uses up the account's limit: lower `limits`, or try again later"
                .to_owned()
        }
        ErrorKind::UpstreamUnavailable | ErrorKind::Timeout => {
            "check base_url, name resolution, the firewall, and the carrier's status page"
                .to_owned()
        }
        ErrorKind::Protocol => "check base_url: something else answers there".to_owned(),
        ErrorKind::Config => "mend the account's settings".to_owned(),
        _ => String::new(),
    }
}

/// Where the credential is had.
fn credential(provider: &str) -> &'static str {
    match provider {
        "twilio" => {
            "copy Account SID and auth token from the Twilio Console (of this very account or subaccount, and of the \
             region that base_url names), or make an API key there: a key of the main account is refused at subaccounts"
        }
        "signalwire" => {
            "copy project id and an API token from the space's dashboard, API; space_url must be that space's"
        }
        "zendesk" => {
            "make an OAuth client in the Admin Center (Apps and integrations, APIs) and give client_id and client_secret; \
             an API token needs token access switched on there"
        }
        "webex" => {
            "a personal access token lasts 12 hours: use an integration or service app of developer.webex.com with \
             client_id, client_secret and refresh_token"
        }
        "wazo" => "check username and password at wazo-auth, or get a new token: tokens expire",
        _ => "check the account's credential",
    }
}

/// What it takes to read.
fn to_read(provider: &str) -> &'static str {
    match provider {
        "twilio" => {
            "a standard API key, or a restricted one that may read and list incoming and available phone numbers, outgoing \
             caller IDs and prices; test credentials can do next to nothing"
        }
        "signalwire" => "an API token with the scopes Numbers, and Voice for caller IDs",
        "zendesk" => {
            "an agent with Talk permissions, an OAuth scope of `read write`, and a paid Talk plan: a trial may neither \
             list nor search"
        }
        "webex" => {
            "the scope spark-admin:telephony_config_read and a full, read-only or location administrator; for caller IDs \
             spark-admin:people_read and spark-admin:workspaces_read as well"
        }
        "wazo" => {
            "an ACL with confd.phone-numbers.read, confd.phone-numbers.*.read, confd.phone-numbers.main.read and \
             confd.users.*.callerids.outgoing.read, in this tenant"
        }
        _ => "a credential that may read phone numbers",
    }
}

/// What it takes to buy, change and give back.
pub(super) fn to_write(provider: &str) -> &'static str {
    match provider {
        "twilio" => {
            "an auth token or standard API key, or a restricted key that may create, update and delete incoming phone \
             numbers and outgoing caller IDs"
        }
        "signalwire" => "the scopes Numbers, and Voice for caller IDs",
        "zendesk" => "an agent who may manage Talk lines, and an OAuth scope of `read write`",
        "webex" => {
            "the scope spark-admin:telephony_config_write and a full administrator; for caller IDs \
             spark-admin:people_write and spark-admin:workspaces_write as well"
        }
        "wazo" => {
            "an ACL with confd.phone-numbers.create, confd.phone-numbers.*.update, confd.phone-numbers.*.delete and \
             confd.phone-numbers.main.update"
        }
        _ => "a credential that may change phone numbers",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_carrier_has_its_own_words() {
        for provider in trunkline::providers() {
            let error = |kind| Error::new(kind, "refused");
            let refused = of(provider, &error(ErrorKind::Unauthenticated));
            assert_ne!(refused, credential("another"), "{provider}");
            assert_ne!(to_read(provider), to_read("another"), "{provider}");
            assert_ne!(to_write(provider), to_write("another"), "{provider}");
        }
    }
}
