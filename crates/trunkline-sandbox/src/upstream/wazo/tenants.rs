//! The tenants of the stack, who may log in, and whose telephones there are.

use crate::credentials::{
    WAZO_ASSOCIATED_NUMBER, WAZO_READER_USERNAME, WAZO_SECOND_TENANT_UUID, WAZO_SECOND_USERNAME,
    WAZO_SUBTENANT_USER_ID, WAZO_SUBTENANT_USER_UUID, WAZO_SUBTENANT_UUID, WAZO_TENANT_UUID,
    WAZO_USER_ID, WAZO_USER_UUID, WAZO_USERNAME,
};

/// The stack itself.
pub(super) const STACK_UUID: &str = "00000000-0000-4000-8000-0000000000ff";

/// Every tenant and the one above it.
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

/// Somebody who may log in.
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

/// Who logs in under that name.
pub(super) fn find_login(name: &str) -> Option<&'static Login> {
    LOGINS.iter().find(|login| login.name == name)
}

/// Somebody with a telephone.
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
}
