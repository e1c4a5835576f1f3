//! A carrier that speaks Twilio's API, sells every number, and has its answers ready.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::Failed;

const SID: &str = "AC00000000000000000000000000000000";

const ACCOUNT: &str = "/2010-04-01/Accounts/AC00000000000000000000000000000000";

/// The answers that are always the same.
struct Ready {
    search: String,
    list: String,
    prices: String,
    /// How many numbers an account holds, page by page; the same 50 if this is 0.
    numbers: usize,
}

/// Serves on loopback until the process ends; each answer comes after the delay. An account holds so many numbers, or the
/// same 50.
pub(crate) async fn serve(port: u16, delay: Duration, numbers: usize) -> Result<(), Failed> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let ready: &'static Ready = Box::leak(Box::new(Ready {
        search: search(),
        list: list(
            (0..50).map(|n| held(&format!("+1415555{:04}", 2000 + n))),
            None,
        ),
        prices: prices(),
        numbers,
    }));
    let local = tokio::task::LocalSet::new();
    let accept = async {
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::task::spawn_local(async move {
                // A client that hangs up ends its connection, nothing else.
                let _ = talk(stream, ready, delay).await;
            });
        }
    };
    local.run_until(accept).await
}

async fn talk(mut stream: TcpStream, ready: &Ready, delay: Duration) -> Result<(), Failed> {
    let mut buffer = Vec::with_capacity(8192);
    loop {
        let Some(length) = request(&mut stream, &mut buffer).await? else {
            return Ok(());
        };
        let text = std::str::from_utf8(&buffer[..length])?;
        let (status, body) = answer(ready, text);
        let body = of_account(text, body);
        let date = now().strftime("%a, %d %b %Y %H:%M:%S GMT");
        let head = format!(
            "HTTP/1.1 {status}\r\nDate: {date}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        buffer.drain(..length);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        stream.write_all(format!("{head}{body}").as_bytes()).await?;
    }
}

/// Reads until a whole request is there, and says how long it is; `None` when the client has hung up.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Option<usize>, Failed> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = std::str::from_utf8(&buffer[..end])?.to_ascii_lowercase();
            let body = match head.split_once("content-length:") {
                Some((_, rest)) => rest.lines().next().unwrap_or_default().trim().parse()?,
                None => 0,
            };
            if buffer.len() >= end + 4 + body {
                return Ok(Some(end + 4 + body));
            }
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

fn answer<'a>(ready: &'a Ready, request: &str) -> (&'static str, std::borrow::Cow<'a, str>) {
    let line = request.lines().next().unwrap_or_default();
    let mut words = line.split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or("/"),
    );
    let ok = |body: &'a str| ("200 OK", body.into());
    match method {
        "GET" if target.contains("/AvailablePhoneNumbers/") => ok(&ready.search),
        "GET" if target.contains("PhoneNumber=") => ("200 OK", list([].into_iter(), None).into()),
        "GET" if ready.numbers > 0 && target.contains("/IncomingPhoneNumbers.json") => {
            ("200 OK", page(ready.numbers, target).into())
        }
        "GET" if target.contains("/IncomingPhoneNumbers.json") => ok(&ready.list),
        "GET" if target.contains("/PhoneNumbers/Countries/") => ok(&ready.prices),
        "POST" if target.contains("/IncomingPhoneNumbers.json") => {
            let body = request.rsplit("\r\n").next().unwrap_or_default();
            let number = body
                .split('&')
                .find_map(|pair| pair.strip_prefix("PhoneNumber="));
            let number = number.unwrap_or_default().replace("%2B", "+");
            ("201 CREATED", held(&number).to_string().into())
        }
        _ => {
            let body = json!({"code": 20404, "message": "not found", "status": 404});
            ("404 NOT FOUND", body.to_string().into())
        }
    }
}

/// An answer of 20 numbers on sale, about 8 KB.
fn search() -> String {
    let row = |n: u32| {
        json!({
            "friendly_name": format!("(415) 555-{:04}", 2000 + n), "phone_number": format!("+1415555{:04}", 2000 + n),
            "lata": "722", "locality": "San Francisco", "rate_center": "SNFC CNTRL", "latitude": "37.774900",
            "longitude": "-122.419400", "region": "CA", "postal_code": "94105", "iso_country": "US",
            "address_requirements": "none", "beta": false, "capabilities": {"voice": true, "SMS": true, "MMS": true}
        })
    };
    let uri = format!("{ACCOUNT}/AvailablePhoneNumbers/US/Local.json");
    json!({"uri": uri, "available_phone_numbers": (0..20).map(row).collect::<Vec<_>>()}).to_string()
}

/// The same answer with the id of the account that is asked.
fn of_account<'a>(request: &str, body: std::borrow::Cow<'a, str>) -> std::borrow::Cow<'a, str> {
    let asked = request.split_once("/Accounts/").map(|(_, rest)| rest);
    match asked.and_then(|rest| rest.get(..SID.len())) {
        Some(sid) if sid != SID => body.replace(SID, sid).into(),
        _ => body,
    }
}

/// The number whose row others are made like.
const LIKE: &str = "+14150000000";

/// One page of many numbers.
fn page(numbers: usize, target: &str) -> String {
    let (_, query) = target.split_once('?').unwrap_or_default();
    let of = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(key, value)| (key == name).then(|| value.parse::<usize>().ok())?)
    };
    let (size, page) = (of("PageSize").unwrap_or(50).max(1), of("Page").unwrap_or(0));
    let rows = (page * size..numbers).take(size);
    let next = (page + 1) * size < numbers;
    let next = next.then(|| {
        format!(
            "{ACCOUNT}/IncomingPhoneNumbers.json?PageSize={size}&Page={}&PageToken=PA{page}",
            page + 1
        )
    });
    // Written once: making each anew would take longer than a carrier does.
    let text = held(LIKE).to_string();
    let like = LIKE.trim_start_matches('+');
    let row = |n| text.replace(like, &format!("1415{:07}", 2_000_000 + n));
    let rows: Vec<String> = rows.map(row).collect();
    list([].into_iter(), next.as_deref()).replace(
        r#""incoming_phone_numbers":[]"#,
        &format!(r#""incoming_phone_numbers":[{}]"#, rows.join(",")),
    )
}

fn list(rows: impl Iterator<Item = Value>, next: Option<&str>) -> String {
    let uri = format!("{ACCOUNT}/IncomingPhoneNumbers.json");
    json!({
        "page": 0, "page_size": 50, "start": 0, "end": 49, "uri": uri, "first_page_uri": uri, "next_page_uri": next,
        "previous_page_uri": null, "incoming_phone_numbers": rows.collect::<Vec<_>>()
    })
    .to_string()
}

/// The time.
#[expect(
    clippy::disallowed_methods,
    reason = "a carrier of the benchmarks, which knows nothing of trunkline"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// A number that is held, as the carrier lists it.
fn held(number: &str) -> Value {
    let sid = format!("PN{:0>32}", number.trim_start_matches('+'));
    let now = now().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    json!({
        "sid": sid, "account_sid": "AC00000000000000000000000000000000", "friendly_name": number, "phone_number": number,
        "voice_url": "https://voice.example.com/in", "voice_method": "POST", "voice_fallback_url": "",
        "voice_fallback_method": "POST", "voice_caller_id_lookup": false, "voice_application_sid": null,
        "date_created": now, "date_updated": now, "sms_url": "", "sms_method": "POST", "sms_fallback_url": "",
        "sms_fallback_method": "POST", "sms_application_sid": "", "address_requirements": "none", "beta": false,
        "capabilities": {"voice": true, "sms": true, "mms": true, "fax": false}, "status_callback": "",
        "status_callback_method": "POST", "api_version": "2010-04-01", "origin": "twilio", "trunk_sid": null,
        "emergency_status": "Inactive", "emergency_address_sid": null, "emergency_address_status": "unregistered",
        "address_sid": null, "identity_sid": null, "bundle_sid": null, "voice_receive_mode": "voice", "status": "in-use",
        "uri": format!("{ACCOUNT}/IncomingPhoneNumbers/{sid}.json")
    })
}

fn prices() -> String {
    json!({
        "country": "United States", "iso_country": "US", "price_unit": "USD",
        "phone_number_prices": [{"number_type": "local", "base_price": "1.15", "current_price": "1.15"}],
        "url": "https://pricing.twilio.com/v1/PhoneNumbers/Countries/US"
    })
    .to_string()
}
