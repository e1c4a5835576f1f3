//! Numbers that a project holds at SignalWire.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_sandbox::credentials::{
    SIGNALWIRE_DOCUMENTED_PROJECT_ID, SIGNALWIRE_SIP_GATEWAY_ID, SIGNALWIRE_TRIAL_PROJECT_ID,
};
use trunkline_sandbox::{Fault, FaultPlan};

use crate::signalwire_support::{LONG, SIGNALWIRE, Space, column, plain, refused};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn the_newest_number_is_listed_first() {
    let space = Space::start().await;
    let mut ids = space.buy_some(3).await;
    ids.reverse();
    assert_eq!(column(&space.get("phone_numbers").await, "id"), ids);
}

#[tokio::test]
async fn filters_find_parts_in_any_case() {
    let space = Space::start().await;
    let ids = space.buy_some(3).await;
    let path = format!("phone_numbers/{}", ids[1]);
    let named = space.put(&path, &json!({ "name": "Front Desk" })).await;
    let number = named.text_of("number");
    for (query, count) in [
        (format!("filter_number=%2B{}", &number[1..]), 1),
        (format!("filter_number={}", &number[2..]), 1),
        ("filter_number=415".to_owned(), 3),
        ("filter_number=99999".to_owned(), 0),
        // A plus sign that isn't encoded is a space.
        (format!("filter_number={number}"), 0),
        ("filter_name=front".to_owned(), 1),
        ("filter_name=Back".to_owned(), 0),
    ] {
        let list = space.get(&format!("phone_numbers?{query}")).await;
        assert_eq!(column(&list, "id").len(), count, "{query}");
    }
}

#[tokio::test]
async fn pages_are_linked_both_ways() {
    let space = Space::start().await;
    space.buy_some(5).await;
    let all = column(&space.get("phone_numbers").await, "id");
    let mut seen = Vec::new();
    let mut page = space
        .get("phone_numbers?page_size=2&filter_number=415")
        .await;
    assert_eq!(
        page.json["links"]["self"],
        "/api/relay/rest/phone_numbers?filter_number=415&page_number=0&page_size=2"
    );
    assert_eq!(page.json["links"].get("prev"), None);
    let mut first = None;
    loop {
        seen.extend(column(&page, "id"));
        let links = page.json["links"].clone();
        if let Some(back) = links["prev"].as_str() {
            let back = space.get(back).await;
            first.get_or_insert_with(|| column(&back, "id"));
        }
        let Some(next) = links["next"].as_str() else {
            assert_eq!(links.get("next"), None, "absent, not null");
            break;
        };
        page = space.get(next).await;
    }
    assert_eq!(seen, all);
    assert_eq!(first.unwrap(), all[..2]);
}

#[tokio::test]
async fn page_continues_after_a_number_that_disappeared() {
    let space = Space::start().await;
    space.buy_some(4).await;
    space.sandbox.advance_clock(LONG);
    let page = space.get("phone_numbers?page_size=2").await;
    let last = column(&page, "id").remove(1);
    let gone = space.delete(&format!("phone_numbers/{last}")).await;
    assert_eq!(gone.status, 204);
    let next = page.json["links"]["next"].as_str().unwrap();
    assert_eq!(column(&space.get(next).await, "id").len(), 2);
}

#[tokio::test]
async fn invalid_page_is_rejected() {
    let space = Space::start().await;
    for (query, code) in [
        ("page_number=1", "page_token_required"),
        ("page_number=1&page_token=x", "page_token_is_invalid"),
        (
            "page_token=PA00000000-0000-4000-8000-000000000000",
            "page_token_is_invalid",
        ),
        ("page_size=0", "invalid_parameter"),
        ("page_size=1001", "invalid_parameter"),
        ("page_size=x", "invalid_parameter"),
        ("page_number=-1", "invalid_parameter"),
    ] {
        let answer = space.get(&format!("phone_numbers?{query}")).await;
        assert_eq!(refused(&answer), (422, vec![code]), "{query}");
    }
}

#[tokio::test]
async fn an_update_merges_and_leaves_its_traces() {
    let space = Space::start().await;
    let id = space.buy_some(1).await.remove(0);
    let path = format!("phone_numbers/{id}");
    let before = space.get(&path).await;
    space.sandbox.advance_clock(DAY);
    let webhook = json!({ "call_request_url": "https://voice.example.test/in" });
    let first = space.put(&path, &webhook).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.json["call_request_method"], "POST");
    assert_eq!(first.json["call_fallback_url"], Value::Null);
    assert_eq!(first.json["call_relay_topic"], "");
    assert_eq!(first.json["call_video_room_id"], "");
    assert_eq!(first.json["created_at"], before.json["created_at"]);
    assert_ne!(first.json["updated_at"], before.json["updated_at"]);
    assert_ne!(first.json["next_billed_at"], before.json["next_billed_at"]);
    let script = json!({
        "name": "Support",
        "call_handler": "relay_script",
        "call_relay_script_url": "https://voice.example.test/script",
    });
    let second = space.put(&path, &script).await;
    // The pointer of the earlier handler stays.
    assert_eq!(
        second.json["call_request_url"],
        "https://voice.example.test/in"
    );
    assert!(second.json["calling_handler_resource_id"].is_string());
    let unset = space.put(&path, &json!({ "name": null })).await;
    assert_eq!(unset.json["name"], Value::Null);
    assert_eq!(space.get(&path).await.json, unset.json);
}

#[tokio::test]
async fn every_writable_field_can_be_written() {
    let space = Space::start().await;
    let id = space.buy_some(1).await.remove(0);
    let url = "https://voice.example.test/x";
    let uuid = "aaaaaaaa-0000-4000-8000-000000000001";
    let body = json!({
        "name": "n", "call_handler": "video_room", "call_receive_mode": "fax",
        "call_request_url": url, "call_request_method": "GET",
        "call_fallback_url": url, "call_fallback_method": "GET",
        "call_status_callback_url": url, "call_status_callback_method": "GET",
        "call_laml_application_id": uuid, "call_dialogflow_agent_id": uuid,
        "call_relay_context": "c", "call_relay_context_status_callback_url": url,
        "call_relay_topic": "t", "call_relay_topic_status_callback_url": url,
        "call_relay_application": "a", "call_relay_connector_id": uuid,
        "call_sip_endpoint_id": uuid, "call_verto_resource": "v",
        "call_video_room_id": uuid, "call_relay_script_url": url,
        "message_handler": "relay_topic", "message_request_url": url,
        "message_request_method": "GET", "message_fallback_url": url,
        "message_fallback_method": "GET", "message_laml_application_id": uuid,
        "message_relay_context": "c", "message_relay_topic": "t",
    });
    let answer = space.put(&format!("phone_numbers/{id}"), &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&answer.json[name], value, "{name}");
    }
    let hidden = json!({ "message_relay_application": "a" });
    let answer = space.put(&format!("phone_numbers/{id}"), &hidden).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json.get("message_relay_application"), None);
}

#[tokio::test]
async fn an_agent_or_a_flow_takes_calls_and_is_shown_as_the_resource_that_does() {
    let space = Space::start().await;
    let path = format!("phone_numbers/{}", space.buy_some(1).await[0]);
    let (agent, flow) = (
        "aaaaaaaa-0000-4000-8000-000000000001",
        "aaaaaaaa-0000-4000-8000-000000000002",
    );
    for (body, handler, resource) in [
        (
            json!({ "call_handler": "ai_agent", "call_ai_agent_id": agent }),
            "ai_agent",
            json!(agent),
        ),
        (
            json!({ "call_handler": "call_flow", "call_flow_id": flow,
                "call_flow_version": "working_copy" }),
            "call_flow",
            json!(flow),
        ),
        (
            json!({ "call_handler": "laml_webhooks" }),
            "laml_webhooks",
            Value::Null,
        ),
    ] {
        let shown = space.put(&path, &body).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        assert_eq!(shown.json["call_handler"], handler);
        assert_eq!(shown.json["calling_handler_resource_id"], resource);
        assert_eq!(shown.json.get("call_ai_agent_id"), None);
    }
    let version = json!({ "call_flow_version": "7" });
    let odd = space.put(&path, &version).await;
    assert_eq!(refused(&odd), (422, vec!["unsupported_option"]));
}

#[tokio::test]
async fn number_routed_to_a_gateway_is_shown_as_such() {
    let space = Space::start().await;
    let ids = space.buy_some(2).await;
    let routes = |resource: &str| format!("/api/fabric/resources/{resource}/phone_routes");
    let gateway = routes(SIGNALWIRE_SIP_GATEWAY_ID);
    let calling = json!({ "phone_route_id": ids[0], "handler": "calling" });
    let routed = space.post(&gateway, &calling).await;
    assert_eq!(routed.status, 200, "{}", routed.text);
    assert_eq!(
        (&routed.json["id"], &routed.json["type"]),
        (&json!(ids[0]), &json!("app"))
    );
    let shown = space.get(&format!("phone_numbers/{}", ids[0])).await.json;
    assert_eq!(shown["call_handler"], "sip_gateway");
    assert_eq!(
        shown["calling_handler_resource_id"],
        SIGNALWIRE_SIP_GATEWAY_ID
    );
    let script = json!({ "call_handler": "relay_script",
        "call_relay_script_url": "https://voice.example.test/script" });
    let script = space
        .put(&format!("phone_numbers/{}", ids[1]), &script)
        .await;
    let script = routes(&script.text_of("calling_handler_resource_id"));
    assert_eq!(
        refused(&space.post(&script, &calling).await),
        (422, vec!["unsupported_option"])
    );
    let messaging = json!({ "phone_route_id": ids[0], "handler": "messaging" });
    let nothing = json!({});
    let missing = "missing_required_parameter";
    for (body, codes) in [
        (&messaging, vec!["unsupported_option"]),
        (&nothing, vec![missing, missing]),
    ] {
        let answer = space.post(&gateway, body).await;
        assert_eq!(refused(&answer), (422, codes), "{body}");
    }
    let nowhere = routes("aaaaaaaa-0000-4000-8000-000000000009");
    assert_eq!(space.post(&nowhere, &calling).await.status, 404);
}

#[tokio::test]
async fn a_bad_update_changes_nothing() {
    let space = Space::start().await;
    let id = space.buy_some(1).await.remove(0);
    let path = format!("phone_numbers/{id}");
    let before = space.get(&path).await.json;
    for (body, code) in [
        (
            json!({ "call_handler": "fabric_subscriber" }),
            "unsupported_option",
        ),
        (
            json!({ "call_handler": "ai_agent" }),
            "must_specify_related_parameter",
        ),
        (
            json!({ "call_request_method": "PUT" }),
            "invalid_http_method",
        ),
        (
            json!({ "call_request_url": "http://localhost/" }),
            "url_is_unsafe",
        ),
        (json!({ "call_video_room_id": "x" }), "invalid_parameter"),
        (json!({ "name": 1 }), "not_a_string"),
        (
            json!({ "call_handler": "relay_topic" }),
            "must_specify_related_parameter",
        ),
    ] {
        let answer = space.put(&path, &body).await;
        assert_eq!(refused(&answer), (422, vec![code]), "{body}");
    }
    assert_eq!(space.get(&path).await.json, before);
    let nothing = space.put(&path, &json!({})).await;
    assert_eq!(nothing.json, before);
}

#[tokio::test]
async fn a_number_is_kept_for_14_days() {
    let space = Space::start().await;
    let id = space.buy_some(1).await.remove(0);
    let path = format!("phone_numbers/{id}");
    let created = space.get(&path).await.text_of("created_at");
    space.sandbox.advance_clock(DAY * 13);
    let locked = space.delete(&path).await;
    assert_eq!(refused(&locked), (422, vec!["422"]));
    let detail = locked.json["errors"][0]["detail"].as_str().unwrap();
    let created: jiff::Timestamp = created.parse().unwrap();
    let free = created + jiff::SignedDuration::from_hours(14 * 24);
    let free = free.to_string().replace('T', " ").replace('Z', " UTC");
    assert_eq!(
        detail,
        format!(
            "Number was purchased too recently to release. Please wait until {free} to release this number, or contact Support for assistance."
        )
    );
    space.sandbox.advance_clock(DAY);
    let released = space.delete(&path).await;
    assert_eq!(
        (released.status.as_u16(), released.text.as_str()),
        (204, "")
    );
    assert_eq!(plain(&space.delete(&path).await), (404, "Not Found"));
    assert_eq!(space.ledger().releases.len(), 1);
}

#[tokio::test]
async fn a_trial_keeps_it_for_30_and_the_documents_have_a_code() {
    let space = Space::of(SIGNALWIRE_TRIAL_PROJECT_ID).await;
    let path = format!("phone_numbers/{}", space.buy_some(1).await[0]);
    space.sandbox.advance_clock(DAY * 29);
    assert_eq!(space.delete(&path).await.status, 422);
    space.sandbox.advance_clock(DAY);
    assert_eq!(space.delete(&path).await.status, 204);
    let space = Space::of(SIGNALWIRE_DOCUMENTED_PROJECT_ID).await;
    let path = format!("phone_numbers/{}", space.buy_some(1).await[0]);
    let locked = space.delete(&path).await;
    assert_eq!(refused(&locked), (422, vec!["purchased_too_recently"]));
}

#[tokio::test]
async fn a_stale_list_leaves_out_the_newest() {
    let space = Space::start().await;
    space.buy_some(2).await;
    let stale = Fault::StaleList { ms: 60_000 };
    let plan = FaultPlan::always(SIGNALWIRE, "list", stale);
    space.sandbox.inject(plan).unwrap();
    assert_eq!(column(&space.get("phone_numbers").await, "id").len(), 0);
    space.sandbox.advance_clock(DAY);
    assert_eq!(column(&space.get("phone_numbers").await, "id").len(), 2);
}

#[tokio::test]
async fn the_same_seed_and_requests_give_the_same_ids() {
    let (one, other) = (Space::start().await, Space::start().await);
    assert_eq!(one.buy_some(2).await, other.buy_some(2).await);
    one.sandbox.reset();
    assert!(column(&one.get("phone_numbers").await, "id").is_empty());
}
