//! The two clocks of each carrier: the `Date` of its answers, and the times in its records.

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;
use trunkline_core::host;
use trunkline_sandbox::{CarrierOptions, ClockSettings, Options, ProviderKind, RecordZone};

use crate::everywhere::{Everywhere, SHOPS};
use crate::support::Read;

const HOUR_MS: i64 = 3_600_000;

/// How far a time is ahead of now, to the nearest minute.
fn minutes_ahead(at: Timestamp) -> i64 {
    let ahead = at.duration_since(host::now()).as_secs();
    (ahead + ahead.signum() * 30) / 60
}

fn date(answer: &Read) -> Option<Timestamp> {
    let text = answer.headers.get("date")?.to_str().unwrap();
    let text = text.replace("GMT", "+0000");
    Some(rfc2822::parse(&text).unwrap().timestamp())
}

/// The creation time of the one number that is held, as it stands in its row.
async fn created(all: &Everywhere, kind: ProviderKind, number: &str) -> String {
    let row = all.row(kind, number).await;
    let text = match kind {
        ProviderKind::Twilio => &row["date_created"],
        _ => &row["created_at"],
    };
    text.as_str().unwrap_or_else(|| panic!("{row}")).to_owned()
}

fn instant(text: &str) -> Timestamp {
    rfc2822::parse(text)
        .map(|at| at.timestamp())
        .or_else(|_| text.parse())
        .unwrap_or_else(|_| panic!("{text}"))
}

fn offsets(date_offset_ms: i64, record_offset_ms: i64) -> ClockSettings {
    ClockSettings {
        date_offset_ms,
        record_offset_ms,
        ..ClockSettings::EXACT
    }
}

#[tokio::test]
async fn the_date_header_and_the_records_have_clocks_of_their_own() {
    let all = Everywhere::start().await;
    for kind in SHOPS {
        all.sandbox
            .set_clock(kind, offsets(2 * HOUR_MS, -HOUR_MS))
            .unwrap();
        let number = all.held(kind, 1).await.remove(0);
        let list = all.list(kind, "").await;
        assert_eq!(minutes_ahead(date(&list).unwrap()), 120, "{kind}");
        let written = created(&all, kind, &number).await;
        assert_eq!(minutes_ahead(instant(&written)), -60, "{kind}: {written}");
        let since = all.sandbox.ledger(kind).owned[0].since;
        assert_eq!(minutes_ahead(since), 0, "{kind}: the ledger is exact");
    }
    let list = all.list(ProviderKind::Wazo, "").await;
    assert_eq!(minutes_ahead(date(&list).unwrap()), 0, "others are exact");
}

#[tokio::test]
async fn both_clocks_follow_the_clock_of_the_sandbox() {
    let all = Everywhere::start().await;
    all.sandbox
        .set_clock(ProviderKind::Zendesk, offsets(HOUR_MS, 3 * HOUR_MS))
        .unwrap();
    let body = Some(json!({ "advance_seconds": 7_200 }));
    assert_eq!(all.control(Method::POST, "/clock", body).await.status, 200);
    let number = all.held(ProviderKind::Zendesk, 1).await.remove(0);
    let list = all.list(ProviderKind::Zendesk, "").await;
    assert_eq!(minutes_ahead(date(&list).unwrap()), 180);
    let written = created(&all, ProviderKind::Zendesk, &number).await;
    assert_eq!(minutes_ahead(instant(&written)), 300);
}

#[tokio::test]
async fn records_keep_the_time_they_were_written_with() {
    let all = Everywhere::start().await;
    let number = all.held(ProviderKind::SignalWire, 1).await.remove(0);
    let before = created(&all, ProviderKind::SignalWire, &number).await;
    all.sandbox
        .set_clock(ProviderKind::SignalWire, offsets(0, HOUR_MS))
        .unwrap();
    assert_eq!(
        created(&all, ProviderKind::SignalWire, &number).await,
        before
    );
}

#[tokio::test]
async fn a_carrier_can_leave_the_date_out_of_every_answer() {
    let all = Everywhere::start().await;
    for kind in ProviderKind::ALL {
        assert!(date(&all.list(kind, "").await).is_some(), "{kind}");
        let silent = ClockSettings {
            send_date: false,
            ..ClockSettings::EXACT
        };
        all.sandbox.set_clock(kind, silent).unwrap();
        assert_eq!(date(&all.list(kind, "").await), None, "{kind}");
        assert_eq!(date(&all.get(kind, "/nowhere").await), None, "{kind}");
    }
}

#[tokio::test]
async fn times_are_written_as_local_time_without_a_zone() {
    let all = Everywhere::start().await;
    let clock = ClockSettings {
        record_zone: RecordZone::east_minutes(-480),
        ..ClockSettings::EXACT
    };
    for kind in [ProviderKind::SignalWire, ProviderKind::Zendesk] {
        all.sandbox.set_clock(kind, clock).unwrap();
        let number = all.held(kind, 1).await.remove(0);
        let written = created(&all, kind, &number).await;
        assert!(written.parse::<Timestamp>().is_err(), "{written}");
        let as_utc: Timestamp = format!("{written}Z").parse().unwrap();
        assert_eq!(minutes_ahead(as_utc), -480, "{kind}");
    }
    all.sandbox.set_clock(ProviderKind::Wazo, clock).unwrap();
    let token = all.wazo_login().await.json["data"].clone();
    let utc = |name: &str| -> Timestamp {
        format!("{}Z", token[name].as_str().unwrap())
            .parse()
            .unwrap()
    };
    assert_eq!(minutes_ahead(utc("issued_at")), -480);
    assert_eq!(minutes_ahead(utc("utc_issued_at")), 0);
    assert_eq!(
        utc("expires_at").duration_since(utc("issued_at")),
        SignedDuration::from_hours(2)
    );
}

#[tokio::test]
async fn the_clock_of_a_carrier_is_set_and_shown_over_the_control_port() {
    let all = Everywhere::start().await;
    let clock = json!({
        "date_offset_ms": -1_500, "record_offset_ms": 90, "send_date": false, "record_zone": "+05:30",
    });
    let put = async |path, body| all.control(Method::PUT, path, Some(body)).await;
    assert_eq!(put("/zendesk/clock", clock.clone()).await.json, clock);
    let shown = all.control(Method::GET, "/zendesk/clock", None).await;
    assert_eq!(shown.json, clock);
    assert_eq!(
        put("/zendesk/clock", json!({})).await.json["send_date"],
        true
    );
    for (path, body, field) in [
        ("/zendesk/clock", json!({ "offset": 1 }), "offset"),
        (
            "/zendesk/clock",
            json!({ "record_zone": "Berlin" }),
            "record_zone",
        ),
        (
            "/zendesk/clock",
            json!({ "date_offset_ms": "1" }),
            "date_offset_ms",
        ),
        (
            "/twilio/clock",
            json!({ "record_zone": "+01:00" }),
            "record_zone",
        ),
        (
            "/webex/clock",
            json!({ "record_zone": "+01:00" }),
            "record_zone",
        ),
    ] {
        let refused = put(path, body).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json["field"]),
            (400, &field.into()),
            "{path}"
        );
    }
    assert_eq!(put("/vonage/clock", json!({})).await.status, 404);
}

#[tokio::test]
async fn a_reset_goes_back_to_the_clocks_of_the_options() {
    let skewed = |clock| CarrierOptions {
        clock,
        ..CarrierOptions::PLAIN
    };
    let options =
        Options::free_ports().with_carrier(ProviderKind::Webex, skewed(offsets(HOUR_MS, 0)));
    let all = Everywhere::start_with(options).await;
    assert_eq!(
        minutes_ahead(date(&all.list(ProviderKind::Webex, "").await).unwrap()),
        60
    );
    all.sandbox
        .set_clock(ProviderKind::Webex, ClockSettings::EXACT)
        .unwrap();
    all.sandbox.reset();
    assert_eq!(
        minutes_ahead(date(&all.list(ProviderKind::Webex, "").await).unwrap()),
        60
    );
    let impossible = ClockSettings {
        record_zone: RecordZone::east_minutes(60),
        ..ClockSettings::EXACT
    };
    let options = Options::free_ports().with_carrier(ProviderKind::Twilio, skewed(impossible));
    let error = trunkline_sandbox::Sandbox::start(options)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("record_zone"), "{error}");
}
