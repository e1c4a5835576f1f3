//! Lists and ids that can't be trusted: late, hidden, moved, circular, wrong, used again.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_sandbox::credentials::{
    WEBEX_CLIENT_ID, WEBEX_CLIENT_SECRET, WEBEX_REFRESH_TOKEN, ZENDESK_CLIENT_ID,
    ZENDESK_CLIENT_SECRET, ZENDESK_REFRESH_TOKEN,
};
use trunkline_sandbox::{CarrierSettings, Fault, FaultPlan, ProviderKind};

use crate::everywhere::{Everywhere, SHOPS, id_of, number_of, rows};
use crate::support::Read;

const MINUTE_MS: u64 = 60_000;

/// The query for one page of two rows, and the address of the page after a list.
fn first_page(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Twilio => "PageSize=2",
        ProviderKind::SignalWire => "page_size=2",
        ProviderKind::Zendesk => "per_page=2",
        ProviderKind::Webex => "max=2",
        _ => "limit=2&offset=0",
    }
}

/// The link to the next page, as it stands in the answer.
fn next_link(kind: ProviderKind, list: &Read) -> Option<String> {
    let link = match kind {
        ProviderKind::Twilio => list.json["next_page_uri"].as_str(),
        ProviderKind::SignalWire => list.json["links"]["next"].as_str(),
        ProviderKind::Zendesk => list.json["next_page"].as_str(),
        ProviderKind::Webex => {
            let link = list.headers.get("link")?.to_str().unwrap();
            link.strip_prefix('<')?.split_once('>').map(|(url, _)| url)
        }
        _ => None,
    };
    link.map(str::to_owned)
}

/// Path and query of a link.
fn below_host(link: &str) -> &str {
    let path = link.split_once("://").map_or(link, |(_, rest)| rest);
    path.find('/').map_or("", |at| &path[at..])
}

/// The page after one, whatever its link says of the host.
async fn next(all: &Everywhere, kind: ProviderKind, list: &Read) -> Option<Read> {
    if kind == ProviderKind::Wazo {
        return Some(all.list(kind, "limit=2&offset=2").await);
    }
    let link = next_link(kind, list)?;
    Some(all.get(kind, below_host(&link)).await)
}

fn of(kind: ProviderKind, list: &Read) -> Vec<String> {
    let rows = rows(kind, list);
    rows.iter().filter_map(|row| number_of(kind, row)).collect()
}

#[tokio::test]
async fn a_number_that_is_sold_late_stays_on_offer_until_it_is_committed() {
    let all = Everywhere::start().await;
    for kind in SHOPS {
        let number = all.free(kind, 1).await.remove(0);
        let late = Fault::CommitLate { ms: 300 };
        all.sandbox
            .inject(FaultPlan::once(kind, "purchase", late))
            .unwrap();
        assert!(all.try_buy(kind, &number).await.is_none(), "{kind}");
        while all.sandbox.ledger(kind).purchases.is_empty() {
            let offered = all.free(kind, 1).await;
            let sold = !all.sandbox.ledger(kind).purchases.is_empty();
            assert!(sold || offered == [number.as_str()], "{kind}");
        }
        assert_ne!(all.free(kind, 1).await, [number.as_str()], "{kind}");
    }
}

#[tokio::test]
async fn new_number_is_not_yet_found_by_its_id() {
    let all = Everywhere::start().await;
    for kind in ProviderKind::ALL {
        let number = all.held(kind, 1).await.remove(0);
        let id = id_of(kind, &all.row(kind, &number).await);
        let found = |answer: &Read| match kind {
            ProviderKind::Webex => !rows(kind, answer).is_empty(),
            _ => answer.status == 200,
        };
        assert!(found(&all.by_id(kind, &id).await), "{kind}");
        all.strike(kind, "get", Fault::NotFoundAfterCreate { ms: MINUTE_MS });
        assert!(!found(&all.by_id(kind, &id).await), "{kind}");
        assert_eq!(all.listed(kind).await, [number.as_str()], "{kind}");
    }
    all.sandbox
        .advance_clock(std::time::Duration::from_millis(MINUTE_MS + 1));
    for kind in ProviderKind::ALL {
        let number = all.listed(kind).await.remove(0);
        let row = all.row(kind, &number).await;
        let answer = all.by_id(kind, &id_of(kind, &row)).await;
        assert!(answer.text.contains(&number), "{kind}: {}", answer.text);
    }
}

#[tokio::test]
async fn list_still_shows_released_numbers() {
    let all = Everywhere::start().await;
    for kind in ProviderKind::ALL {
        let numbers = all.held(kind, 3).await;
        let before = all.listed(kind).await;
        let id = id_of(kind, &all.row(kind, &numbers[1]).await);
        all.sandbox.console_release(kind, &numbers[1]).unwrap();
        assert_eq!(all.listed(kind).await.len(), 2, "{kind}");
        all.strike(kind, "list", Fault::ReleasedListed { ms: MINUTE_MS });
        assert_eq!(all.listed(kind).await, before, "{kind}: in its old place");
        let gone = all.by_id(kind, &id).await;
        assert!(
            gone.status == 404 || rows(kind, &gone).is_empty(),
            "{kind}: by its id it is gone"
        );
    }
    all.sandbox
        .advance_clock(std::time::Duration::from_millis(MINUTE_MS + 1));
    for kind in ProviderKind::ALL {
        assert_eq!(all.listed(kind).await.len(), 2, "{kind}");
    }
}

#[tokio::test]
async fn restricted_credential_gets_shorter_lists() {
    let all = Everywhere::start().await;
    for kind in ProviderKind::ALL {
        let numbers = all.held(kind, 3).await;
        let hidden = Fault::HiddenRows {
            share: 0.0,
            numbers: vec![numbers[1].clone()],
        };
        all.strike(kind, "list", hidden);
        let mut seen = all.listed(kind).await;
        seen.sort_unstable();
        let mut rest = vec![numbers[0].clone(), numbers[2].clone()];
        rest.sort_unstable();
        assert_eq!(seen, rest, "{kind}");
        all.sandbox.clear_faults();
        let none = Fault::HiddenRows {
            share: 1.0,
            numbers: Vec::new(),
        };
        all.strike(kind, "list", none);
        assert!(all.listed(kind).await.is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn an_id_is_used_again_for_a_number_that_is_sold_again() {
    let all = Everywhere::start().await;
    for kind in [
        ProviderKind::Twilio,
        ProviderKind::SignalWire,
        ProviderKind::Zendesk,
        ProviderKind::Wazo,
    ] {
        let mut settings = CarrierSettings {
            resell_released: kind != ProviderKind::Wazo,
            ..CarrierSettings::OFF
        };
        all.sandbox.set_settings(kind, settings).unwrap();
        let number = all.free(kind, 1).await.remove(0);
        let buy = async || {
            all.sandbox.console_buy(kind, &number).unwrap();
            let id = id_of(kind, &all.row(kind, &number).await);
            all.sandbox.console_release(kind, &number).unwrap();
            id
        };
        let first = buy().await;
        let second = buy().await;
        assert_ne!(first, second, "{kind}");
        settings.reuse_ids = true;
        all.sandbox.set_settings(kind, settings).unwrap();
        assert_eq!(buy().await, second, "{kind}");
    }
}

#[tokio::test]
async fn setting_unknown_to_a_fake_is_rejected() {
    let all = Everywhere::start().await;
    for (path, body, field) in [
        (
            "/wazo/settings",
            json!({ "resell_released": true }),
            "resell_released",
        ),
        ("/webex/settings", json!({ "reuse_ids": true }), "reuse_ids"),
        (
            "/twilio/settings",
            json!({ "row_without_number": true }),
            "row_without_number",
        ),
        ("/twilio/settings", json!({ "nonsense": true }), "nonsense"),
    ] {
        let refused = all.control(Method::PUT, path, Some(body)).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json["field"]),
            (400, &field.into())
        );
    }
    let body = Some(json!({ "row_without_number": true }));
    let set = all.control(Method::PUT, "/zendesk/settings", body).await;
    assert_eq!(set.json["row_without_number"], true);
    let shown = all.control(Method::GET, "/zendesk/settings", None).await;
    assert_eq!(shown.json, set.json);
    all.sandbox.reset();
    assert_eq!(
        all.sandbox.settings(ProviderKind::Zendesk),
        CarrierSettings::OFF
    );
}

#[tokio::test]
async fn zendesk_can_have_a_row_without_a_number() {
    let all = Everywhere::start().await;
    all.held(ProviderKind::Zendesk, 1).await;
    let settings = CarrierSettings {
        row_without_number: true,
        ..CarrierSettings::OFF
    };
    all.sandbox
        .set_settings(ProviderKind::Zendesk, settings)
        .unwrap();
    let list = all.list(ProviderKind::Zendesk, "").await;
    let rows = rows(ProviderKind::Zendesk, &list);
    let bare = rows.iter().find(|row| row["number"].is_null()).unwrap();
    assert_eq!((rows.len(), &list.json["count"]), (2, &2.into()));
    assert_eq!(
        all.by_id(ProviderKind::Zendesk, &bare["id"]).await.status,
        200
    );
}

/// Every number in the list, in its order; there are six at least.
async fn six(all: &Everywhere, kind: ProviderKind) -> Vec<String> {
    all.held(kind, 6).await;
    let numbers = of(kind, &all.list(kind, "").await);
    assert!(numbers.len() >= 6, "{kind}");
    numbers
}

#[tokio::test]
async fn pages_by_offset_move_when_rows_before_them_come_or_go() {
    let all = Everywhere::start().await;
    for kind in [
        ProviderKind::Zendesk,
        ProviderKind::Webex,
        ProviderKind::Wazo,
    ] {
        let numbers = six(&all, kind).await;
        let first = all.list(kind, first_page(kind)).await;
        for (by, second) in [(1, &numbers[3..5]), (-1, &numbers[1..3])] {
            all.sandbox.clear_faults();
            all.strike(kind, "list", Fault::ShiftedPages { by });
            let again = all.list(kind, first_page(kind)).await;
            assert_eq!(
                of(kind, &again),
                numbers[..2],
                "{kind}: the first page stays"
            );
            let page = next(&all, kind, &first).await.unwrap();
            assert_eq!(of(kind, &page), second, "{kind} by {by}");
            if kind != ProviderKind::Webex {
                let total = page.json.get("count").or_else(|| page.json.get("total"));
                assert_eq!(total, Some(&(6 - by).into()), "{kind} by {by}");
            }
        }
    }
}

#[tokio::test]
async fn pages_go_in_a_circle() {
    let all = Everywhere::start().await;
    for kind in ProviderKind::ALL {
        let numbers = six(&all, kind).await;
        all.strike(kind, "list", Fault::CircularPages {});
        let first = all.list(kind, first_page(kind)).await;
        let second = next(&all, kind, &first).await.unwrap();
        assert_eq!(of(kind, &first), numbers[..2], "{kind}");
        assert_eq!(of(kind, &second), numbers[..2], "{kind}");
        if kind == ProviderKind::Wazo {
            let beyond = all.list(kind, "limit=2&offset=5000").await;
            assert_eq!(
                (of(kind, &beyond), &beyond.json["total"]),
                (numbers[..2].to_vec(), &5_003.into())
            );
        } else {
            let link = next_link(kind, &first).unwrap();
            assert!(link.ends_with(first_page(kind)), "{kind}: {link}");
        }
    }
}

#[tokio::test]
async fn pages_repeat_the_first_one_or_are_empty() {
    let all = Everywhere::start().await;
    for kind in ProviderKind::ALL {
        let numbers = six(&all, kind).await;
        let first = all.list(kind, first_page(kind)).await;
        let right = next(&all, kind, &first).await.unwrap();
        all.strike(kind, "list", Fault::RepeatedPages {});
        let repeated = next(&all, kind, &first).await.unwrap();
        assert_eq!(of(kind, &repeated), numbers[..2], "{kind}");
        assert_eq!(
            next_link(kind, &repeated),
            next_link(kind, &right),
            "{kind}"
        );
        all.sandbox.clear_faults();
        all.strike(kind, "list", Fault::EmptyPages {});
        let empty = next(&all, kind, &first).await.unwrap();
        assert!(of(kind, &empty).is_empty(), "{kind}");
        assert_eq!(next_link(kind, &empty), next_link(kind, &right), "{kind}");
        assert_eq!(empty.json["total"], right.json["total"], "{kind}");
        all.sandbox.clear_faults();
    }
}

#[tokio::test]
async fn a_list_names_a_wrong_total() {
    let all = Everywhere::start().await;
    let total = |list: &Read| {
        let count = list.json.pointer("/count/total");
        let count = count
            .or_else(|| list.json.get("count"))
            .or_else(|| list.json.get("total"));
        count.unwrap().as_i64().unwrap()
    };
    for (kind, query) in [
        (ProviderKind::Zendesk, ""),
        (ProviderKind::Webex, "details=true"),
        (ProviderKind::Wazo, ""),
    ] {
        six(&all, kind).await;
        let right = total(&all.list(kind, query).await);
        for (by, wrong) in [(3, right + 3), (-2, right - 2), (-500, 0)] {
            all.sandbox.clear_faults();
            all.strike(kind, "list", Fault::WrongTotal { by });
            assert_eq!(total(&all.list(kind, query).await), wrong, "{kind}");
        }
    }
}

#[tokio::test]
async fn links_lead_to_another_host() {
    let all = Everywhere::start().await;
    for kind in [
        ProviderKind::Twilio,
        ProviderKind::SignalWire,
        ProviderKind::Zendesk,
        ProviderKind::Webex,
    ] {
        let numbers = six(&all, kind).await;
        let host = "api.carrier.example".to_owned();
        all.strike(kind, "list", Fault::ForeignLinks { host });
        let first = all.list(kind, first_page(kind)).await;
        let link = next_link(kind, &first).unwrap();
        assert!(
            link.starts_with("https://api.carrier.example/"),
            "{kind}: {link}"
        );
        let second = next(&all, kind, &first).await.unwrap();
        assert_eq!(
            of(kind, &second),
            numbers[2..4],
            "{kind}: path and query are right"
        );
    }
}

#[tokio::test]
async fn the_token_endpoint_refuses_every_grant() {
    let all = Everywhere::start().await;
    for kind in [
        ProviderKind::Zendesk,
        ProviderKind::Webex,
        ProviderKind::Wazo,
    ] {
        all.strike(kind, "*", Fault::InvalidGrant {});
    }
    let grant = |id: &str, secret: &str, token: &str| {
        Some(json!({
            "grant_type": "refresh_token", "client_id": id, "client_secret": secret, "refresh_token": token,
        }))
    };
    let body = grant(
        ZENDESK_CLIENT_ID,
        ZENDESK_CLIENT_SECRET,
        ZENDESK_REFRESH_TOKEN,
    );
    let refused = all
        .send(ProviderKind::Zendesk, "POST /oauth/tokens", body)
        .await
        .unwrap();
    assert_eq!(
        (refused.status.as_u16(), &refused.json["error"]),
        (400, &"invalid_grant".into())
    );
    let body = grant(WEBEX_CLIENT_ID, WEBEX_CLIENT_SECRET, WEBEX_REFRESH_TOKEN);
    let refused = all
        .send(ProviderKind::Webex, "POST /v1/access_token", body)
        .await
        .unwrap();
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert_eq!(all.wazo_login().await.status, 401);
    assert_eq!(
        all.list(ProviderKind::Zendesk, "").await.status,
        200,
        "old tokens are still good"
    );
    all.sandbox.clear_faults();
    let body = grant(
        ZENDESK_CLIENT_ID,
        ZENDESK_CLIENT_SECRET,
        ZENDESK_REFRESH_TOKEN,
    );
    let granted = all
        .send(ProviderKind::Zendesk, "POST /oauth/tokens", body)
        .await
        .unwrap();
    assert_eq!(granted.status, 200, "the refused token was not used up");
}

#[tokio::test]
async fn a_creation_time_is_missing() {
    let all = Everywhere::start().await;
    for kind in SHOPS {
        let number = all.free(kind, 1).await.remove(0);
        let bought = all.try_buy(kind, &number).await.unwrap();
        let says = |text: &str| text.contains("created_at") || text.contains("date_created");
        assert!(says(&bought.text), "{kind}: {}", bought.text);
        let id = id_of(kind, &all.row(kind, &number).await);
        all.strike(kind, "*", Fault::NoCreationTime {});
        assert!(!says(&all.list(kind, "").await.text), "{kind}");
        let shown = all.by_id(kind, &id).await;
        assert!(
            shown.text.contains(&number) && !says(&shown.text),
            "{kind}: {}",
            shown.text
        );
        let other = all.free(kind, 1).await.remove(0);
        assert!(
            !says(&all.try_buy(kind, &other).await.unwrap().text),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_fault_that_cannot_happen_is_refused() {
    let all = Everywhere::start().await;
    let plan = async |provider: &str, operation: &str, fault: Value| {
        let body = json!({ "provider": provider, "operation": operation, "fault": fault });
        let refused = all.control(Method::POST, "/faults", Some(body)).await;
        let field = refused.json["field"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (refused.status.as_u16(), field, refused.text)
    };
    for (provider, fault) in [
        ("twilio", json!({ "kind": "invalid_grant" })),
        ("signalwire", json!({ "kind": "shifted_pages", "by": 1 })),
        ("twilio", json!({ "kind": "wrong_total", "by": 1 })),
        (
            "wazo",
            json!({ "kind": "foreign_links", "host": "a.example" }),
        ),
        ("webex", json!({ "kind": "no_creation_time" })),
    ] {
        let (status, field, _) = plan(provider, "*", fault).await;
        assert_eq!((status, &*field), (400, "provider"), "{provider}");
    }
    let (status, field, text) = plan(
        "twilio",
        "purchase",
        json!({ "kind": "stale_list", "ms": 1 }),
    )
    .await;
    assert_eq!((status, &*field), (400, "operation"), "{text}");
    for (fault, named) in [
        (json!({ "kind": "hidden_rows", "share": 2 }), "fault.share"),
        (json!({ "kind": "hidden_rows" }), "fault.share"),
        (
            json!({ "kind": "foreign_links", "host": "a b" }),
            "fault.host",
        ),
        (json!({ "kind": "not_found_after_create" }), "fault.ms"),
    ] {
        let (status, field, text) = plan("twilio", "*", fault).await;
        assert_eq!((status, &*field), (400, named), "{text}");
    }
    let (_, _, text) = plan("twilio", "list", json!({ "kind": "meteor" })).await;
    for kind in Fault::KINDS {
        assert!(text.contains(kind), "{kind} in {text}");
    }
    let (_, _, text) = plan("twilio", "teleport", json!({ "kind": "drop_after_commit" })).await;
    assert!(text.contains("list_caller_ids"), "{text}");
}
