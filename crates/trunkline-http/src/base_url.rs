//! The address of an API, as people write it.

use trunkline_core::Result;
use url::Url;

use crate::wire::wrong_setting;

/// Reads a setting that says where an API is. People copy it with the API's own path at its end: that is left out, since
/// every request brings it along.
///
/// # Errors
/// `Config` naming the setting if it is no web address.
pub fn base_url(field: &'static str, text: &str, own_path: &str, example: &str) -> Result<Url> {
    let url = Url::parse(text.trim());
    let mut url = url
        .ok()
        .filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| wrong_setting(field, &format!("not a web address such as {example}")))?;
    let path = url.path().trim_end_matches('/');
    if let Some(before) = path.strip_suffix(own_path) {
        let before = before.to_owned();
        url.set_path(&before);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;

    use super::*;

    #[test]
    fn api_path_at_the_end_of_an_address_is_removed() {
        let read = |text: &str| base_url("base_url", text, "/api/v2", "https://acme.test");
        for text in [
            "https://acme.test",
            "https://acme.test/",
            "https://acme.test/api/v2",
            " https://acme.test/api/v2/\n",
        ] {
            assert_eq!(read(text).unwrap().as_str(), "https://acme.test/", "{text}");
        }
        assert_eq!(read("https://gw.test/acme/api/v2").unwrap().path(), "/acme");
        for bad in ["acme.test", "ftp://acme.test", "https://", "acme test"] {
            let error = read(bad).unwrap_err();
            let field = error.fields()[0].field.as_str();
            assert_eq!(
                (error.kind(), field),
                (ErrorKind::Config, "base_url"),
                "{bad}"
            );
        }
    }
}
