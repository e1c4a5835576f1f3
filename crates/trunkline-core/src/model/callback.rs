//! What carriers call back.

/// A request that came in at an address which a carrier was given, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callback {
    /// The query it came with, undecoded, if any. The address that was given has none.
    pub query: Option<String>,
    /// Its headers, names in lower case; those that are not text are left out.
    pub headers: Vec<(String, String)>,
    /// The parameters of its form, decoded, in the order they came.
    pub form: Vec<(String, String)>,
}

impl Callback {
    /// A header; the first if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut of_name = self.headers.iter().filter(|(other, _)| other == name);
        of_name.next().map(|(_, value)| value.as_str())
    }

    /// A parameter of the form. One that is there twice is none: nobody could tell which is meant.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut of_name = self.form.iter().filter(|(other, _)| other == name);
        let (_, value) = of_name.next()?;
        of_name.next().is_none().then_some(value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_given_twice_is_ignored() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let callback = Callback {
            form: vec![pair("To", "1"), pair("Status", "ok"), pair("To", "2")],
            headers: vec![pair("x-signature", "s")],
            ..Callback::default()
        };
        assert_eq!(callback.parameter("Status"), Some("ok"));
        assert_eq!(callback.parameter("To"), None);
        assert_eq!(callback.header("x-signature"), Some("s"));
        assert_eq!(callback.header("x-other"), None);
    }
}
