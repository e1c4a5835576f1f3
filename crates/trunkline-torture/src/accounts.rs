//! The accounts: one at each carrier, and what they are called before and after one of them is renamed.

use trunkline_sandbox::ProviderKind;

/// The account that gets another name in the middle of a run: the same identity, by a reload.
pub(crate) const RENAMED: ProviderKind = ProviderKind::Zendesk;

/// What it is called from then on.
pub(crate) const NEW_NAME: &str = "help-desk";

/// The name of a carrier's account.
pub(crate) fn name(kind: ProviderKind, renamed: bool) -> &'static str {
    if renamed && kind == RENAMED {
        NEW_NAME
    } else {
        kind.name()
    }
}

/// The first name of an account, whichever it has now.
pub(crate) fn first_name(account: &str) -> &str {
    if account == NEW_NAME {
        RENAMED.name()
    } else {
        account
    }
}

/// A number's id under the first name of its account.
pub(crate) fn first_id(number_id: &str) -> String {
    match number_id.split_once(':') {
        Some((account, id)) => format!("{}:{id}", first_name(account)),
        None => number_id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_under_either_name_of_its_account() {
        assert_eq!(first_id("help-desk:17"), "zendesk:17");
        assert_eq!(first_id("zendesk:17"), "zendesk:17");
        assert_eq!(first_id("twilio:PN1"), "twilio:PN1");
        assert_eq!(name(ProviderKind::Zendesk, true), NEW_NAME);
        assert_eq!(name(ProviderKind::Twilio, true), "twilio");
    }
}
