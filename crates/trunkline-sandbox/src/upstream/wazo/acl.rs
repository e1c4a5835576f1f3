//! Access control lists: dotted words with wildcards.

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
