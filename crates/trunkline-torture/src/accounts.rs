//! The accounts, one at each carrier of the sandbox, and what becomes of them in a run. Each fake says what its carrier
//! can do: a new carrier takes part without a line here.

use trunkline_sandbox::{ProviderKind, Trait};

/// A number at an account, which goes by its first name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Line {
    pub(crate) account: String,
    pub(crate) number: String,
}

impl Line {
    pub(crate) fn new(account: &str, number: &str) -> Self {
        Self {
            account: account.to_owned(),
            number: number.to_owned(),
        }
    }
}

/// What becomes of a seller's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Releases can be undone for a while, and persons buy, change and release numbers in the console too. It has no
    /// ceiling, which would have to count what persons do.
    Shared,
    /// It keeps its numbers, and has a ceiling too low for what is wanted of it.
    Capped,
    /// It gets another name in the middle of the run: the same identity, by a reload. Its ceiling has room for everything.
    Renamed,
}

/// What the renamed account is called in the end.
pub(crate) const NEW_NAME: &str = "help-desk";

/// Every carrier that sells numbers, and the role of its account.
pub(crate) fn sellers() -> impl Iterator<Item = (ProviderKind, Role)> {
    let kinds = ProviderKind::ALL.into_iter();
    kinds.filter_map(|kind| Some((kind, role(kind)?)))
}

/// The role of a seller's account; `None` if the carrier sells nothing.
pub(crate) fn role(kind: ProviderKind) -> Option<Role> {
    let role = if kind == renamed() {
        Role::Renamed
    } else if kind.has(Trait::Cooldown) {
        Role::Capped
    } else {
        Role::Shared
    };
    kind.has(Trait::Shop).then_some(role)
}

/// The account that is renamed. It gets few purchases: one that is read whole at every look, if there is one.
pub(crate) fn renamed() -> ProviderKind {
    last_seller(|kind| !kind.has(Trait::NumberFilter))
}

/// The carrier whose records are dated back for a moment: one whose numbers stay, if there is one.
pub(crate) fn backdated() -> ProviderKind {
    last_seller(|kind| kind.has(Trait::Cooldown))
}

fn last_seller(fits: impl Fn(ProviderKind) -> bool) -> ProviderKind {
    let all = ProviderKind::ALL.into_iter();
    let mut sellers = all.filter(|kind| kind.has(Trait::Shop));
    let fitting = sellers.clone().rfind(|kind| fits(*kind));
    let last = fitting.or_else(|| sellers.next_back());
    last.unwrap_or(ProviderKind::ALL[0])
}

pub(crate) fn name(kind: ProviderKind, is_renamed: bool) -> &'static str {
    if is_renamed && kind == renamed() {
        NEW_NAME
    } else {
        kind.name()
    }
}

pub(crate) fn first_name(account: &str) -> &str {
    if account == NEW_NAME {
        renamed().name()
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

    #[test]
    fn every_seller_has_a_role_by_what_its_fake_says() {
        let expected = [
            (ProviderKind::Twilio, Role::Shared),
            (ProviderKind::SignalWire, Role::Capped),
            (ProviderKind::Zendesk, Role::Renamed),
        ];
        assert_eq!(sellers().collect::<Vec<_>>(), expected);
        assert_eq!(backdated(), ProviderKind::SignalWire);
    }
}
