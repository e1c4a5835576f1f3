//! Suggestions for mistyped words.

/// The most similar candidate, if one is similar enough.
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    if text.len() > LONGEST {
        return None;
    }
    let distance = |candidate: &'a str| (strsim::damerau_levenshtein(text, candidate), candidate);
    let near = candidates.into_iter().map(distance).min()?;
    (near.0 <= (text.len() / 3).max(1)).then_some(near.1)
}

/// The end of a message about an unknown word: `, did you mean us-main?`, or nothing if no candidate is similar.
pub fn did_you_mean<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let nearest = nearest(text, candidates);
    nearest
        .map(|nearest| format!(", did you mean {nearest}?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_key_differs_in_a_few_letters() {
        let keys = ["auth_token", "account_sid", "name"];
        assert_eq!(nearest("auth_tokn", keys), Some("auth_token"));
        assert_eq!(nearest("nmae", keys), Some("name"));
        assert_eq!(nearest("colour", keys), None);
        assert_eq!(nearest("", keys), None);
    }
}
