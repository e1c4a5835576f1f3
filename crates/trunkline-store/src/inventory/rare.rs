//! Pieces of words that few numbers have. An index of texts finds a word by all that it is made of, and reads for each
//! part the list of all texts that have it: for a word that begins like many others these lists are long. A piece that few
//! texts have finds them by short lists, and the whole word is compared with these few texts.

use trunkline_core::Result;
use trunkline_core::inventory::InventoryQuery;

use crate::rows::{json, limit};
use crate::sql;
use crate::store::Backend;
use crate::trails::without_nul;

/// Texts that are compared at most.
const FEW: usize = 4_000;

/// Characters of a piece. Shorter words are looked up whole.
const LENGTH: usize = 5;

/// The end and the beginning of each word: numbers, and labels that count, differ at the end.
fn pieces(query: &InventoryQuery) -> Vec<String> {
    let mut pieces = Vec::new();
    for word in query.words() {
        let letters: Vec<char> = without_nul(&word).chars().collect();
        let is_plain = |letter: &char| !"%_\\\"".contains(*letter);
        if letters.len() <= LENGTH || !letters.iter().all(is_plain) {
            continue;
        }
        pieces.push(letters[letters.len() - LENGTH..].iter().collect());
        pieces.push(letters[..LENGTH].iter().collect());
    }
    pieces
}

/// The places of the rows that have a piece of `q`, as a JSON array, if there is a piece that few have.
pub(super) async fn places<B: Backend>(
    backend: &B,
    query: &InventoryQuery,
) -> Result<Option<String>> {
    for piece in pieces(query) {
        let listed = sql::LIST_PIECE.query().bind(piece.as_str());
        let listed = listed.bind(limit(FEW + 1));
        let places = backend.list(listed, |row| row.integer("seq")).await?;
        if places.len() <= FEW {
            return json(&places).map(Some);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_word_is_looked_up_by_its_end_or_its_beginning() {
        let of = |q: &str| {
            pieces(&InventoryQuery {
                q: Some(q.to_owned()),
                ..InventoryQuery::default()
            })
        };
        assert_eq!(of("desk Support00123"), ["00123", "suppo"]);
        assert_eq!(of("+1 (415) 555-0142"), ["50142", "14155"]);
        assert_eq!(of("100%_done 12345"), [""; 0]);
    }
}
