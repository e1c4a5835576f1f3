//! Fixtures and fakes held against the carriers' OpenAPI documents.
//!
//! The documents belong to the carriers and are not kept here: `examples/specs.rs` is given a folder of them.

mod check;
mod deviations;
mod document;
mod fake;
mod fixture;
mod message;
mod mismatch;
mod report;
mod schema;
mod scripts;
mod swagger;

use std::path::Path;

use trunkline_sandbox::ProviderKind;

use check::Checker;
use document::Document;
use fake::Fake;
use fixture::Fixture;
use report::Source;

pub use report::Report;

/// Where the fake of one carrier listens.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// Its base URL.
    pub url: &'p str,
    /// The base URL of the control port.
    pub control_url: &'p str,
}

/// Checks the fixtures of a carrier, and its fake if there is one, against the carrier's document. The fake is reset.
///
/// # Errors
/// If document or fixtures can't be read.
pub async fn check(
    provider: ProviderKind,
    document: &str,
    fixtures: &Path,
    fake: Option<Place<'_>>,
) -> Result<Report, String> {
    let document = Document::parse(document)?;
    let fixtures = fixture::load(fixtures)?;
    let operations = document
        .operations
        .iter()
        .map(|operation| operation.id.clone());
    let mut report = Report::new(provider, operations, deviations::known(provider));
    let checker = Checker::new(&document);
    for fixture in &fixtures {
        let last = fixture.exchanges.len() - 1;
        for (place, exchange) in fixture.exchanges.iter().enumerate() {
            let readable = place < last || !fixture.unreadable;
            let outcome = checker.exchange(exchange, readable)?;
            report.add(Source::Fixture, &fixture.name, outcome);
        }
    }
    if let Some(place) = fake {
        let mut fake = Fake::new(scripts::of(provider), place.url, place.control_url);
        if let Err(why) = ask(&mut fake, &fixtures, &checker, &mut report).await {
            report.fail("the fake could not be asked", &why);
        }
    }
    Ok(report)
}

/// Sets the fake up, once for its own sake and once for each fixture, and asks it what the fixture asks.
async fn ask(
    fake: &mut Fake,
    fixtures: &[Fixture],
    checker: &Checker<'_>,
    report: &mut Report,
) -> Result<(), String> {
    let mut walked = fake.set_up().await?;
    walked.extend(fake.tour().await?);
    for exchange in walked {
        let name = format!("{} {}", exchange.request.method, exchange.request.path);
        report.add(Source::Fake, &name, checker.exchange(&exchange, true)?);
    }
    for fixture in fixtures {
        fake.set_up().await?;
        for exchange in &fixture.exchanges {
            let answered = fake.replay(&exchange.request).await?;
            let name = format!("as in {}", fixture.name);
            report.add(Source::Fake, &name, checker.exchange(&answered, true)?);
        }
    }
    Ok(())
}
