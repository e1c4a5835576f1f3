//! Where an account's API is, and URLs below it.

use std::borrow::Cow;

use trunkline_core::{Error, ErrorKind, Result};
use url::{Host, Url};

use crate::request::ApiRequest;
use crate::wire::check::wrong_setting;

/// A checked base URL.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// With a slash at the end of its path.
    base: Url,
}

impl Address {
    pub(super) fn new(base: &Url, allow_http: bool) -> Result<Self> {
        let wrong = |message| Err(wrong_setting("base_url", message));
        match base.scheme() {
            "https" => {}
            "http" if allow_http || is_loopback(base) => {}
            "http" => return wrong("plain http is for loopback hosts, unless allow_http is set"),
            _ => return wrong("must be an https URL"),
        }
        if !base.username().is_empty() || base.password().is_some() {
            return wrong("must not hold a credential");
        }
        if base.query().is_some() || base.fragment().is_some() {
            return wrong("must have neither query nor fragment");
        }
        let mut base = base.clone();
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        Ok(Self { base })
    }

    /// The URL of a request. Its host was read once, with the base.
    pub(super) fn url(&self, request: &ApiRequest) -> Result<Url> {
        let path = match request.path.starts_with('/') {
            true => Cow::Borrowed(request.path.as_str()),
            false => Cow::Owned([self.base.path(), &request.path].concat()),
        };
        let mut url = self.base.clone();
        url.set_path(&path);
        // An id with dots, a question mark or a hash in it must not lead to another resource.
        if url.path() != path {
            let message = "an id has characters that can't stand in a path";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        Ok(url)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use trunkline_core::Operation;

    use super::*;

    fn address(base: &str) -> Result<Address> {
        Address::new(&base.parse().unwrap(), false)
    }

    fn acme() -> Address {
        address("https://api.example.com/2010-04-01").unwrap()
    }

    fn url(path: &str) -> Result<String> {
        let request = ApiRequest::get(Operation::List, path).query("To", "+1 415");
        acme().url(&request).map(String::from)
    }

    #[test]
    fn paths_lie_below_the_base_and_with_a_slash_at_the_root() {
        let expected = "https://api.example.com/2010-04-01/Accounts/AC1.json?To=%2B1+415";
        assert_eq!(url("Accounts/AC1.json").unwrap(), expected);
        assert_eq!(
            url("/v2/x").unwrap(),
            "https://api.example.com/v2/x?To=%2B1+415"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_link_or_path_leads_off_the_accounts_own_host(
            text in "[ -~]{0,60}|(https?:)?//[a-z.@:/\\\\?#%0-9]{0,30}|[./%2eE?#&=a-z]{0,30}|.{0,20}",
        ) {
            let own = |url: Url| url.origin() == acme().base.origin();
            if let Some(request) = ApiRequest::linked(Operation::List, "v2/numbers", &text) {
                let url = acme().url(&request);
                proptest::prop_assert!(url.is_ok_and(own), "{text}");
            }
            let request = ApiRequest::get(Operation::List, text.clone()).query(text.clone(), text.as_str());
            proptest::prop_assert!(acme().url(&request).is_ok_and(own) || acme().url(&request).is_err());
        }
    }

    #[test]
    fn path_segments_cannot_escape_or_add_a_query() {
        for path in ["../AC2", "a/%2e%2e/b", "a?b=c", "a#b", "a b", "a/./b"] {
            let error = url(path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{path}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_hosts() {
        for base in [
            "http://127.0.0.1:80/",
            "http://[::1]/",
            "http://localhost:1/",
        ] {
            assert!(address(base).is_ok(), "{base}");
        }
        for base in [
            "http://api.example.com/",
            "http://10.0.0.1/",
            "ftp://localhost/",
            "http://localhost.example.com/",
        ] {
            assert_eq!(
                address(base).unwrap_err().kind(),
                ErrorKind::Config,
                "{base}"
            );
        }
        let anywhere = Address::new(&"http://10.0.0.1/".parse().unwrap(), true);
        assert!(anywhere.is_ok());
    }

    #[test]
    fn a_credential_in_the_base_url_is_refused_and_not_shown() {
        let error = address("https://user:s3cret@api.example.com/").unwrap_err();
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}
