//! The examples of the documentation.

#[tokio::test]
async fn example_buys_once_lists_renames_and_releases() {
    let mut out = Vec::new();
    crate::example::run(&mut out).await.unwrap();
    let out = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = out.lines().collect();
    let [first, again, renamed, books] = *<&[&str; 4]>::try_from(lines.as_slice()).unwrap();
    assert!(
        first.starts_with("+1415") && first.contains(" is held: pur_"),
        "{out}"
    );
    assert_eq!(first, again);
    assert!(
        renamed.ends_with(r#"is called Some("night desk") now"#),
        "{out}"
    );
    assert_eq!(books, "the carrier sold 1 and took back 1");
}

#[tokio::test]
async fn example_of_the_inventory_finds_counts_and_accepts_what_was_changed_elsewhere() {
    let mut out = Vec::new();
    crate::inventory_example::run(&mut out).await.unwrap();
    let out = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines,
        [
            "1 number is called Berlin",
            "1 is held in all",
            "changed label was changed elsewhere",
            "0 drifts are open",
            "it is at us-main as bought",
        ]
    );
}
