//! Who is asking confd, and for which tenant.

use super::Wazo;
use super::acl::grants;
use super::error::{ApiError, Result};
use super::tenants::at_and_below;
use crate::exchange::Request;

/// A request whose token and tenant are good.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    /// The tenant that it acts in.
    pub(super) tenant: &'static str,
}

impl Session {
    /// Whether the tenant of a row is the session's or below it.
    pub(super) fn reaches(self, tenant: &str) -> bool {
        at_and_below(self.tenant).any(|below| below == tenant)
    }
}

impl Wazo {
    /// Lets a request in that has a token with the right in the tenant it names. Whatever is missing, it is a 401: the
    /// texts differ, and all of them show the token.
    pub(super) fn admit(&self, request: &Request, right: &str) -> Result<Session> {
        let text = request.header("x-auth-token").unwrap_or_default();
        let named = request.header("wazo-tenant");
        let login = {
            let mut state = self.lock();
            self.live_token(&mut state, text).map(|token| token.login)
        };
        let login = login.ok_or_else(|| ApiError::token(text, right))?;
        let beyond = || ApiError::right(text, right, named);
        let tenant = match named {
            None => login.tenant,
            Some(named) => at_and_below(login.tenant)
                .find(|tenant| *tenant == named)
                .ok_or_else(beyond)?,
        };
        if grants(login.acl, right) {
            Ok(Session { tenant })
        } else {
            Err(beyond())
        }
    }
}
