//! Choosing and shortening columns and texts, so that they fit a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::shape::{Column, WIDE_ONLY};

/// Cells between two columns.
pub(super) const GAP: usize = 2;

/// Fewest cells that a text is shortened to.
const LEAST: usize = 12;

/// A column that is shown: its place among all columns, and its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) at: usize,
    pub(super) cells: usize,
}

/// How much is shown of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// All columns in full.
    Everything,
    /// The usual columns in full.
    Unlimited,
    /// What fits a terminal of so many cells.
    Terminal(usize),
}

/// The columns to show. `natural` are the cells that each column needs. Columns are left out before others are shortened
/// below 12 cells. Columns that may be neither may still not fit.
pub(super) fn fit(columns: &[Column], natural: &[usize], width: Width) -> Vec<Shown> {
    let mut shown: Vec<usize> = (0..columns.len())
        .filter(|at| columns[*at].rank < WIDE_ONLY || width == Width::Everything)
        .collect();
    let Width::Terminal(width) = width else {
        let whole = |at: usize| Shown {
            at,
            cells: natural[at],
        };
        return shown.into_iter().map(whole).collect();
    };
    let least = |at: usize| match columns[at].may_be_shortened {
        true => natural[at].min(LEAST.max(columns[at].name.len())),
        false => natural[at],
    };
    let gaps = |count: usize| count.saturating_sub(1) * GAP;
    while shown.iter().map(|at| least(*at)).sum::<usize>() + gaps(shown.len()) > width {
        let first = shown.iter().copied().max_by_key(|at| columns[*at].rank);
        match first.filter(|at| columns[*at].rank > 0) {
            Some(first) => shown.retain(|at| *at != first),
            None => break,
        }
    }
    let mut cells: Vec<usize> = shown.iter().map(|at| natural[*at]).collect();
    while cells.iter().sum::<usize>() + gaps(cells.len()) > width {
        let longest = (0..cells.len())
            .filter(|place| cells[*place] > least(shown[*place]))
            .max_by_key(|place| cells[*place]);
        match longest {
            Some(place) => cells[place] -= 1,
            None => break,
        }
    }
    let pairs = shown.into_iter().zip(cells);
    pairs.map(|(at, cells)| Shown { at, cells }).collect()
}

/// How many cells of a terminal a text takes.
pub(crate) fn cells(text: &str) -> usize {
    text.width()
}

/// A text of at most so many cells; a shortened one ends with an ellipsis.
pub(super) fn shorten(text: &str, most: usize) -> String {
    if cells(text) <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let fits = |c: &char| {
        let wide = c.width().unwrap_or_default();
        let fits = wide <= left;
        left = left.saturating_sub(wide);
        fits
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

/// A text as lines of at most so many cells, broken between words. A longer word has a line of its own.
pub(crate) fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if cells(line) + 1 + cells(word) <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(columns: &'static str, natural: &[usize], width: usize) -> Vec<(usize, usize)> {
        let shown = fit(&Column::parse(columns), natural, Width::Terminal(width));
        shown.iter().map(|shown| (shown.at, shown.cells)).collect()
    }

    #[test]
    fn columns_of_the_highest_rank_are_left_out_first() {
        let columns = "number label:1 price:2 detail:9 id";
        let natural = [10, 10, 10, 10, 10];
        assert_eq!(
            fitted(columns, &natural, 60),
            [(0, 10), (1, 10), (2, 10), (4, 10)]
        );
        assert_eq!(fitted(columns, &natural, 45), [(0, 10), (1, 10), (4, 10)]);
        assert_eq!(fitted(columns, &natural, 10), [(0, 10), (4, 10)]);
    }

    #[test]
    fn longest_text_is_shortened_first() {
        assert_eq!(
            fitted("number ~label ~id", &[12, 20, 98], 80),
            [(0, 12), (1, 20), (2, 44)]
        );
        assert_eq!(
            fitted("number ~label ~id", &[12, 20, 98], 42),
            [(0, 12), (1, 13), (2, 13)]
        );
    }

    #[test]
    fn shortened_texts_end_with_an_ellipsis_and_count_cells() {
        assert_eq!(shorten("Front desk", 10), "Front desk");
        assert_eq!(shorten("Front desk", 8), "Front d…");
        assert_eq!(shorten("Front desk", 7), "Front…");
        assert_eq!(shorten("電話番号", 6), "電話…");
    }

    #[test]
    fn texts_are_wrapped_between_words() {
        assert_eq!(
            wrap("a person has to decide", 9),
            ["a person", "has to", "decide"]
        );
        assert_eq!(wrap("averylongword b", 4), ["averylongword", "b"]);
    }
}
