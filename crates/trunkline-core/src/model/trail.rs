//! Noticing a list that has no end.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// Pages without a row, one after the other, after which a list is taken to have no end.
const EMPTY_MAX: u32 = 100;

/// What is remembered of the pages of a list, so that a list without an end is noticed: one whose links lead back,
/// whose pages repeat their rows, or whose pages stay empty.
///
/// It is small however long the list is (Brent's algorithm): each page is compared with the one whose number is the last
/// power of two. A page that links to itself is noticed at once, a longer circle after two or three rounds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageTrail {
    #[serde(rename = "n")]
    pages: u32,
    #[serde(rename = "l")]
    link: u64,
    #[serde(rename = "r")]
    rows: u64,
    #[serde(rename = "e")]
    empty: u32,
}

impl PageTrail {
    /// Notes a page by the ids of its rows and by where the next page is.
    ///
    /// # Errors
    /// `Protocol` if the list has no end. The rows of such a page have been read before.
    pub fn note<'a>(
        &mut self,
        ids: impl IntoIterator<Item = &'a str>,
        next: Option<&str>,
    ) -> Result<()> {
        let endless = |why: &str| Err(Error::new(ErrorKind::Protocol, why));
        let mut ids = ids.into_iter().peekable();
        let rows = ids.peek().is_some().then(|| hash(ids.collect::<Vec<_>>()));
        let link = next.map(hash);
        if self.pages > 0 {
            if link == Some(self.link) {
                return endless("the carrier's pages run in a circle");
            }
            if rows == Some(self.rows) {
                return endless("the carrier's pages repeat their rows");
            }
        }
        self.pages += 1;
        self.empty = if rows.is_some() { 0 } else { self.empty + 1 };
        if self.empty > EMPTY_MAX && next.is_some() {
            return endless("the carrier's pages are empty and have no end");
        }
        if self.pages.is_power_of_two() {
            self.link = link.unwrap_or_default();
            self.rows = rows.unwrap_or_default();
        }
        Ok(())
    }

    /// Whether no page has been noted.
    pub fn is_empty(&self) -> bool {
        self.pages == 0
    }
}

/// The same in every process of one build.
fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many pages are read of a list that is asked for page after page.
    fn pages_read(page: impl Fn(usize) -> (Vec<String>, String)) -> usize {
        let mut trail = PageTrail::default();
        for number in 0..10_000 {
            let (rows, next) = page(number);
            // As it is between two requests of a client.
            let kept = serde_json::to_string(&trail).unwrap();
            trail = serde_json::from_str(&kept).unwrap();
            let noted = trail.note(rows.iter().map(String::as_str), Some(&next));
            if let Err(error) = noted {
                assert_eq!(error.kind(), ErrorKind::Protocol);
                return number + 1;
            }
        }
        10_000
    }

    fn row(number: usize) -> Vec<String> {
        vec![format!("PN{number}")]
    }

    #[test]
    fn page_that_links_to_itself_is_an_error() {
        assert_eq!(pages_read(|at| (row(at), "/again".to_owned())), 2);
    }

    #[test]
    fn circles_of_pages_are_errors() {
        for (lead, round) in [(0, 2), (0, 3), (1, 1), (5, 7), (100, 64), (3, 1_000)] {
            let link = |at: usize| {
                if at < lead {
                    at
                } else {
                    lead + (at - lead) % round
                }
            };
            let read = pages_read(|at| (Vec::new(), link(at).to_string()));
            assert!(read <= EMPTY_MAX as usize + 2, "{lead} {round}: {read}");
            let read = pages_read(|at| (row(at), link(at).to_string()));
            assert!(read <= 4 * (lead + round), "{lead} {round}: {read}");
            // Links that are always new, to rows that are not.
            let read = pages_read(|at| (row(link(at)), at.to_string()));
            assert!(read <= 4 * (lead + round), "{lead} {round}: {read}");
        }
    }

    #[test]
    fn long_list_is_read_to_its_end() {
        assert_eq!(pages_read(|at| (row(at), at.to_string())), 10_000);
        let sparse = |at: usize| if at % 100 == 99 { row(at) } else { Vec::new() };
        assert_eq!(pages_read(|at| (sparse(at), at.to_string())), 10_000);
    }

    #[test]
    fn pages_that_stay_empty_have_an_end() {
        assert_eq!(pages_read(|at| (Vec::new(), at.to_string())), 101);
    }
}
