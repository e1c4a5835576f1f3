//! Places in lists that are read by counting rows.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A place in a list that is read by counting rows. The last row before it is read once more, which shows whether rows have
/// moved. Written as `100` or, with that row, `100~feed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offset {
    /// How many rows come before it.
    pub rows: u64,
    /// Hash of the mark of the last of them: of what tells the row from all others.
    pub last: Option<u64>,
}

impl Offset {
    /// The place after so many rows, the last of which has this mark.
    #[must_use]
    pub fn after(rows: u64, last: Option<&String>) -> Self {
        let last = last.map(|mark| hash(mark));
        Self { rows, last }
    }

    /// Reads a place as it is written; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (rows, last) = match text.split_once('~') {
            Some((rows, last)) => (rows, Some(u64::from_str_radix(last, 16).ok()?)),
            None => (text, None),
        };
        // A number may be read with a sign.
        let digits = rows.bytes().all(|b| b.is_ascii_digit());
        let rows = rows.parse().ok().filter(|_| digits)?;
        Some(Self { rows, last })
    }

    /// How many rows are read once more: one or none.
    #[must_use]
    pub const fn known(self) -> usize {
        self.last.is_some() as usize
    }

    /// How many rows come before the first that is read.
    #[must_use]
    pub const fn start(self) -> u64 {
        self.rows.saturating_sub(self.known() as u64)
    }

    /// Removes the known row and its mark from the front of a page. True if it is not there: rows have moved since.
    pub fn drop_known<T>(self, marks: &mut Vec<String>, rows: &mut Vec<T>) -> bool {
        let Some(last) = self.last else {
            return false;
        };
        if marks.first().is_none_or(|mark| hash(mark) != last) {
            return true;
        }
        marks.remove(0);
        rows.remove(0);
        false
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.rows)?;
        self.last.map_or(Ok(()), |last| write!(f, "~{last:x}"))
    }
}

fn hash(mark: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    mark.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_is_read_as_it_was_written() {
        let mark = "+14155550100".to_owned();
        for place in [
            Offset::default(),
            Offset::after(100, None),
            Offset::after(100, Some(&mark)),
        ] {
            assert_eq!(Offset::parse(&place.to_string()), Some(place));
        }
        for odd in [
            "",
            "+5",
            "-1",
            "1.0",
            "5 ",
            "99999999999999999999",
            "٥",
            "5~",
            "5~x",
        ] {
            assert_eq!(Offset::parse(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn last_known_row_is_read_once_more_and_dropped() {
        let place = Offset::after(100, Some(&"a".to_owned()));
        assert_eq!((place.start(), place.known()), (99, 1));
        let (mut marks, mut rows) = (vec!["a".to_owned(), "b".to_owned()], vec![1, 2]);
        assert!(!place.drop_known(&mut marks, &mut rows));
        assert_eq!((&marks[..], &rows[..]), (&["b".to_owned()][..], &[2][..]));
        assert!(place.drop_known(&mut marks, &mut rows), "rows have moved");
        assert_eq!(rows, [2]);
        let blind = Offset::after(100, None);
        assert_eq!((blind.start(), blind.known()), (100, 0));
        assert!(!blind.drop_known(&mut marks, &mut rows));
        assert_eq!(rows, [2]);
    }

    #[test]
    fn known_row_missing_from_an_empty_page_means_that_rows_moved() {
        let place = Offset::after(1, Some(&"a".to_owned()));
        assert!(place.drop_known(&mut Vec::new(), &mut Vec::<u8>::new()));
    }
}
