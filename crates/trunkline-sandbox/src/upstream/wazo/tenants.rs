//! The tenants of the stack, who may log in and with which rights, and whose telephones there are.

use crate::credentials::{
    WAZO_ASSOCIATED_NUMBER, WAZO_READER_USERNAME, WAZO_SECOND_TENANT_UUID, WAZO_SECOND_USERNAME,
    WAZO_SUBTENANT_USER_ID, WAZO_SUBTENANT_USER_UUID, WAZO_SUBTENANT_UUID, WAZO_TENANT_UUID,
    WAZO_USER_ID, WAZO_USER_UUID, WAZO_USERNAME,
};

pub(super) const STACK_UUID: &str = "00000000-0000-4000-8000-0000000000ff";

const TENANTS: [(&str, Option<&str>); 3] = [
    (WAZO_TENANT_UUID, None),
    (WAZO_SUBTENANT_UUID, Some(WAZO_TENANT_UUID)),
    (WAZO_SECOND_TENANT_UUID, None),
];

/// The tenant and those below it, the tenant itself first.
pub(super) fn at_and_below(tenant: &str) -> impl Iterator<Item = &'static str> {
    TENANTS
        .into_iter()
        .filter(move |(uuid, parent)| *uuid == tenant || *parent == Some(tenant))
        .map(|(uuid, _)| uuid)
}

#[derive(Debug)]
pub(super) struct Login {
    pub(super) name: &'static str,
    pub(super) uuid: &'static str,
    pub(super) tenant: &'static str,
    pub(super) acl: &'static [&'static str],
}

const LOGINS: [Login; 3] = [
    Login {
        name: WAZO_USERNAME,
        uuid: "00000000-0000-4000-8000-000000000011",
        tenant: WAZO_TENANT_UUID,
        acl: &["auth.#", "confd.#"],
    },
    Login {
        name: WAZO_READER_USERNAME,
        uuid: "00000000-0000-4000-8000-000000000012",
        tenant: WAZO_TENANT_UUID,
        acl: &["confd.#.read"],
    },
    Login {
        name: WAZO_SECOND_USERNAME,
        uuid: "00000000-0000-4000-8000-000000000013",
        tenant: WAZO_SECOND_TENANT_UUID,
        acl: &["auth.#", "confd.#"],
    },
];

pub(super) fn find_login(name: &str) -> Option<&'static Login> {
    LOGINS.iter().find(|login| login.name == name)
}

#[derive(Debug)]
pub(super) struct User {
    pub(super) id: u32,
    pub(super) uuid: &'static str,
    pub(super) tenant: &'static str,
    /// What calls come in to it from.
    pub(super) associated: &'static [&'static str],
}

pub(super) const USERS: [User; 2] = [
    User {
        id: WAZO_USER_ID,
        uuid: WAZO_USER_UUID,
        tenant: WAZO_TENANT_UUID,
        associated: &[WAZO_ASSOCIATED_NUMBER],
    },
    User {
        id: WAZO_SUBTENANT_USER_ID,
        uuid: WAZO_SUBTENANT_USER_UUID,
        tenant: WAZO_SUBTENANT_UUID,
        associated: &[],
    },
];

/// Whether a list grants a right. `*` stands for one word or a part of it, `#` for the rest however long, and an entry
/// that begins with `!` takes away what others grant.
pub(super) fn grants(list: &[&str], right: &str) -> bool {
    let denied = list
        .iter()
        .filter_map(|entry| entry.strip_prefix('!'))
        .any(|entry| matches(entry, right));
    !denied && list.iter().any(|entry| matches(entry, right))
}

fn matches(pattern: &str, right: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return right.is_empty();
    };
    let rest = &pattern[first.len_utf8()..];
    match first {
        '#' => tails(right, |_| true).any(|tail| matches(rest, tail)),
        '*' => tails(right, |c| c != '.').any(|tail| matches(rest, tail)),
        _ => right
            .strip_prefix(first)
            .is_some_and(|right| matches(rest, right)),
    }
}

/// What can be left of a text once a wildcard has taken its part.
fn tails(text: &str, takes: fn(char) -> bool) -> impl Iterator<Item = &str> {
    let end = text.find(|c| !takes(c)).unwrap_or(text.len());
    text.char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .filter(move |at| *at <= end)
        .map(|at| &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenant_sees_its_descendants_and_not_its_ancestors() {
        let below = |tenant| at_and_below(tenant).collect::<Vec<_>>();
        assert_eq!(
            below(WAZO_TENANT_UUID),
            [WAZO_TENANT_UUID, WAZO_SUBTENANT_UUID]
        );
        assert_eq!(below(WAZO_SUBTENANT_UUID), [WAZO_SUBTENANT_UUID]);
        assert!(below("nobody").is_empty());
    }

    #[test]
    fn a_star_is_one_word_and_a_hash_any_number_of_them() {
        let right = "confd.phone-numbers.main.read";
        assert!(grants(&["confd.#"], right));
        assert!(grants(&["confd.phone-numbers.*.read"], right));
        assert!(grants(&["confd.#.read"], right));
        assert!(!grants(&["confd.*.read"], right));
        assert!(!grants(&["confd.#.update"], right));
    }

    #[test]
    fn a_denial_outweighs_a_grant() {
        let list = ["confd.#", "!confd.phone-numbers.*.delete"];
        assert!(grants(&list, "confd.phone-numbers.1.read"));
        assert!(!grants(&list, "confd.phone-numbers.1.delete"));
        assert!(!grants(&["!confd.x"], "confd.x"));
    }
}
