//! Answers of the carrier, spoilt in every way.

use super::suite;

#[test]
fn a_spoilt_answer_is_neither_a_panic_nor_an_invention() {
    suite().fuzz();
}

#[test]
fn a_cursor_is_taken_or_refused() {
    suite().fuzz_cursors();
}
