//! A page in the browser, by what a person sees: texts and labels, not the structure below them.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fantoccini::Client;
use fantoccini::elements::{Element, ElementRef};
use serde_json::{Value, json};

use crate::browser::{Browser, Devtools};
use crate::gateway::Gateway;

/// Collects what goes wrong in a page, from before its first script runs.
const WATCH: &str = "
    window.__faults = [];
    const note = (what) => window.__faults.push(String(what));
    addEventListener('error', (event) => note('error: ' + (event.message ?? event.target?.src)), true);
    addEventListener('unhandledrejection', (event) => note('rejection: ' + event.reason));
    addEventListener('securitypolicyviolation', (event) => note('policy: ' + event.violatedDirective + ' ' + event.blockedURI));
    const shout = console.error;
    console.error = (...what) => { note('console: ' + what.join(' ')); shout(...what); };";

/// Finds things the way a person does. In an open dialog nothing else can be reached.
const FINDERS: &str = include_str!("finders.js");

/// What is wrong with a page for those who cannot see it, or not well.
const AUDIT: &str = include_str!("audit.js");

/// The width of a window on a desk, in pixels.
pub(crate) const WIDE: u32 = 1_440;

/// Pictures are cut here.
const TALLEST: u64 = 2_400;

/// A page; clones are the same one.
#[derive(Clone)]
pub(crate) struct Page {
    client: Client,
    pub(crate) gateway: Arc<Gateway>,
}

impl Page {
    pub(crate) async fn new(browser: &Browser, gateway: Gateway) -> Self {
        let page = Self {
            client: browser.client.clone(),
            gateway: Arc::new(gateway),
        };
        page.devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({"source": WATCH}),
        )
        .await;
        page.devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({"source": FINDERS}),
        )
        .await;
        page.devtools(
            "Emulation.setTimezoneOverride",
            json!({"timezoneId": "Europe/Berlin"}),
        )
        .await;
        page.look(WIDE, "light").await;
        page
    }

    async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        let command = Devtools(command, parameters);
        self.client.issue_cmd(command).await.unwrap()
    }

    /// Goes to an address of the console, such as `#/numbers`.
    pub(crate) async fn open(&self, hash: &str) {
        let url = format!("http://{}/{hash}", self.gateway.address);
        self.client.goto(&url).await.unwrap();
    }

    /// Signs in with the gateway's key, then goes to an address.
    pub(crate) async fn sign_in(&self, hash: &str) {
        self.open(hash).await;
        let key = self.gateway.key.as_deref().unwrap();
        self.fill("API key", key).await;
        self.press("Sign in").await;
        self.sees("Signed in as").await;
    }

    pub(crate) async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// The value of an expression.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        self.client.execute(&script, Vec::new()).await.unwrap()
    }

    /// Waits until an expression is true.
    pub(crate) async fn until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[0], end = Date.now() + 20000;
            (function look() {{
                let met = false;
                try {{ met = ({expression}); }} catch (error) {{ /* not there yet */ }}
                if (met) done(null);
                else if (Date.now() > end) done(document.body.innerText.slice(0, 3000));
                else setTimeout(look, 15);
            }})();"
        );
        let shown = self
            .client
            .execute_async(&script, Vec::new())
            .await
            .unwrap();
        assert!(
            shown.is_null(),
            "never: {expression}\n{}",
            shown.as_str().unwrap_or_default()
        );
    }

    /// Waits until a text is to be seen.
    pub(crate) async fn sees(&self, text: &str) {
        self.until(&format!("__seen({})", json!(text))).await;
    }

    /// Waits until a text is no longer to be seen.
    pub(crate) async fn sees_no(&self, text: &str) {
        self.until(&format!("!__seen({})", json!(text))).await;
    }

    /// Whether a text is to be seen now.
    pub(crate) async fn shows(&self, text: &str) -> bool {
        self.value(&format!("__seen({})", json!(text))).await == json!(true)
    }

    async fn found(&self, expression: &str) -> Element {
        self.until(&format!("{expression} != null")).await;
        let value = self.value(expression).await;
        let id = value
            .as_object()
            .and_then(|element| element.values().next());
        let id = id
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{expression} is {value}"));
        Element::from_element_id(self.client.clone(), ElementRef::from(id.to_owned()))
    }

    /// Presses a button, link or summary by the beginning of its name.
    pub(crate) async fn press(&self, name: &str) {
        // A dialog that is about to close may still lie above it.
        let mut pressed = self
            .found(&format!("__button({})", json!(name)))
            .await
            .click()
            .await;
        for _ in 0..50 {
            if pressed.is_ok() {
                return;
            }
            self.value("new Promise(requestAnimationFrame)").await;
            pressed = self
                .found(&format!("__button({})", json!(name)))
                .await
                .click()
                .await;
        }
        pressed.unwrap();
    }

    /// Presses a button in the row of a table that has a text.
    pub(crate) async fn press_in_row(&self, row: &str, name: &str) {
        let element = self
            .found(&format!("__button({}, __row({}))", json!(name), json!(row)))
            .await;
        element.click().await.unwrap();
    }

    /// Types into the field of a label, instead of what is there.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.found(&format!("__field({})", json!(label))).await;
        field.click().await.unwrap();
        // Everything selected, as with Ctrl+A.
        field
            .send_keys(&format!("\u{e009}a\u{e000}{text}"))
            .await
            .unwrap();
    }

    /// Chooses in the list of a label.
    pub(crate) async fn choose(&self, label: &str, option: &str) {
        let field = self.found(&format!("__field({})", json!(label))).await;
        field.select_by_label(option).await.unwrap();
    }

    /// Ticks the box of a label, or takes the tick away.
    pub(crate) async fn tick(&self, label: &str) {
        let field = self.found(&format!("__field({})", json!(label))).await;
        field.click().await.unwrap();
    }

    /// Presses keys, wherever the focus is.
    pub(crate) async fn keys(&self, keys: &str) {
        let focused = self.client.active_element().await.unwrap();
        focused.send_keys(keys).await.unwrap();
    }

    /// Waits until what has this name has the focus.
    pub(crate) async fn has_focus(&self, name: &str) {
        self.until(&format!(
            "__name(document.activeElement) === {}",
            json!(name)
        ))
        .await;
    }

    /// Sets width and theme.
    pub(crate) async fn look(&self, width: u32, theme: &str) {
        let height = if width < 600 { 844 } else { 900 };
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": theme}]});
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Takes the network away, or gives it back.
    pub(crate) async fn offline(&self, is: bool) {
        self.devtools("Network.enable", json!({})).await;
        let conditions =
            json!({"offline": is, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.devtools("Network.emulateNetworkConditions", conditions)
            .await;
    }

    /// As if the session had ended.
    pub(crate) async fn forget_cookies(&self) {
        self.client.delete_all_cookies().await.unwrap();
    }

    /// A picture as it is now, in `target/console-screenshots`.
    pub(crate) async fn picture(&self, name: &str) {
        self.picture_in("../../target/console-screenshots", name)
            .await;
    }

    /// A picture as it is now, in a folder, relative to the crate.
    pub(crate) async fn picture_in(&self, folder: &str, name: &str) {
        let size = self.devtools("Page.getLayoutMetrics", json!({})).await;
        let content = &size["cssContentSize"];
        let height = content["height"]
            .as_f64()
            .unwrap_or(900.0)
            .min(TALLEST as f64);
        let clip = json!({"x": 0, "y": 0, "width": content["width"], "height": height, "scale": 1});
        // A dialog belongs to the window, not to the page.
        let modal = self
            .value("Boolean(document.querySelector('dialog[open]'))")
            .await;
        let how = if modal == json!(true) {
            json!({"format": "png"})
        } else {
            json!({"format": "png", "captureBeyondViewport": true, "clip": clip})
        };
        let picture = self.devtools("Page.captureScreenshot", how).await;
        let bytes = BASE64_STANDARD
            .decode(picture["data"].as_str().unwrap())
            .unwrap();
        let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(format!("{folder}/{name}.png"), bytes).unwrap();
    }

    /// Pictures in light and dark, on a desk and on a phone, each looked over for what would shut people out.
    pub(crate) async fn portray(&self, name: &str) {
        for (width, theme, suffix) in [
            (WIDE, "light", "light"),
            (WIDE, "dark", "dark"),
            (390, "light", "phone"),
            (390, "dark", "phone-dark"),
        ] {
            self.look(width, theme).await;
            self.until("document.getAnimations().every((one) => one.effect.getTiming().iterations === Infinity || one.playState === 'finished')").await;
            self.picture(&format!("{name}-{suffix}")).await;
            let wrong = self.client.execute(AUDIT, Vec::new()).await.unwrap();
            assert_eq!(wrong, json!([]), "{name}, {suffix}");
        }
        self.look(WIDE, "light").await;
    }

    /// What went wrong in the page since it was loaded.
    pub(crate) async fn faults(&self) -> Vec<String> {
        let faults = self.value("window.__faults").await;
        serde_json::from_value(faults).unwrap()
    }
}
