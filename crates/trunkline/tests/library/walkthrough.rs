//! The example of the documentation.

use trunkline_core::Result;

#[tokio::test]
async fn the_example_buys_once_lists_renames_and_releases() -> Result<()> {
    let mut out = Vec::new();
    crate::example::run(&mut out).await?;
    let out = String::from_utf8(out).expect("text");
    assert_eq!(
        out.lines()
            .filter(|line| line.starts_with("on offer at us-main: +1415"))
            .count(),
        3,
        "{out}"
    );
    let succeeded =
        |line: &&str| line.starts_with("purchase of +1415") && line.ends_with(": succeeded");
    assert_eq!(out.lines().filter(succeeded).count(), 2, "{out}");
    assert!(out.contains("(front desk)\nus-main answered ok with 1 numbers\nnow called: night desk\nreleased us-main:PN"), "{out}");
    assert!(
        out.ends_with("the carrier sold 1 and took back 1\n"),
        "{out}"
    );
    Ok(())
}
