//! `--strength`: one row for each safeguard.

use std::error::Error;
use std::io::Write;
use std::ops::Range;

use trunkline_core::strength::Safeguard;
use trunkline_sim::Settings;
use trunkline_sim::strength::find;

/// Prints for each safeguard, or one, after how many of these seeds it is found missing; gives whether all are.
///
/// # Errors
/// A name that is not a safeguard's; what is wrong with the simulation itself.
pub(crate) fn measure(
    which: &str,
    settings: &Settings,
    within: Range<u64>,
    out: &mut impl Write,
) -> Result<bool, Box<dyn Error>> {
    let wanted: Vec<_> = Safeguard::ALL
        .iter()
        .filter(|safeguard| which == "all" || which == safeguard.name())
        .collect();
    if wanted.is_empty() {
        let names: Vec<_> = Safeguard::ALL.iter().map(|one| one.name()).collect();
        let names = names.join(", ");
        return Err(format!("no safeguard is called {which}; there are: {names}").into());
    }
    let mut needed = Vec::new();
    writeln!(
        out,
        "{:<28} {:>5}  what the judge said",
        "safeguard", "seeds"
    )?;
    for safeguard in &wanted {
        let found = find(**safeguard, settings, within.clone())?;
        let took = |seed: u64| seed + 1 - within.start;
        let (seeds, said) = match &found {
            Some(finding) => (took(finding.seed).to_string(), finding.said.as_str()),
            None => ("-".to_owned(), "nothing"),
        };
        writeln!(out, "{:<28} {seeds:>5}  {said}", safeguard.name())?;
        out.flush()?;
        needed.extend(found.map(|finding| took(finding.seed)));
    }
    needed.sort_unstable();
    let (found, all) = (needed.len(), wanted.len());
    let median = needed.get(found / 2).copied().unwrap_or(0);
    let worst = needed.last().copied().unwrap_or(0);
    writeln!(
        out,
        "{found} of {all} found missing within {} seeds: median {median}, worst {worst}",
        within.end - within.start
    )?;
    Ok(found == all)
}
