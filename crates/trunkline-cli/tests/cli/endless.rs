//! Lists that go round, shift, repeat, are empty or lie about how many rows they have: everything that reads them ends, and
//! says that they can't be trusted.

use std::time::Duration;

use serde_json::Value;
use trunkline_cli::{Console, Exit};
use trunkline_sandbox::credentials::WEBEX_LOCATION_ID;
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, Sandbox, StockOrder};

/// More than a page of ours, and than one of any carrier's.
const HELD: usize = 110;

/// Numbers left to buy: one for each fault.
const FREE: usize = 8;

/// Long enough for a list of two pages on a busy machine; one that goes on for ever takes longer than that.
const PATIENCE: Duration = Duration::from_secs(60);

const SETTINGS: [(ProviderKind, &str); 5] = [
    (
        ProviderKind::Twilio,
        "account_sid = 'AC00000000000000000000000000000000'\nauth_token = 'sandbox'",
    ),
    (
        ProviderKind::SignalWire,
        "project_id = '00000000-0000-4000-8000-000000000000'\napi_token = 'sandbox'",
    ),
    (ProviderKind::Zendesk, "access_token = 'sandbox'"),
    (ProviderKind::Webex, "access_token = 'sandbox'"),
    (
        ProviderKind::Wazo,
        "username = 'sandbox'\npassword = 'sandbox'",
    ),
];

/// A fault, and the carriers at which no reader can see it: their lists name no total, or there is nothing wrong with them.
fn faults() -> [(Fault, &'static [ProviderKind]); 7] {
    [
        (Fault::CircularPages {}, &[]),
        (Fault::RepeatedPages {}, &[]),
        (
            Fault::EmptyPages {},
            &[
                ProviderKind::Twilio,
                ProviderKind::SignalWire,
                ProviderKind::Webex,
            ],
        ),
        // Webex's links are followed as they are.
        (Fault::ShiftedPages { by: 1 }, &[ProviderKind::Webex]),
        (Fault::ShiftedPages { by: -1 }, &[ProviderKind::Webex]),
        (Fault::WrongTotal { by: 7 }, &[ProviderKind::Webex]),
        (Fault::WrongTotal { by: -50 }, &[ProviderKind::Webex]),
    ]
}

/// The carriers with an account at each.
struct Carriers {
    sandbox: Sandbox,
    directory: tempfile::TempDir,
}

impl Carriers {
    async fn start() -> Self {
        let sandbox = Sandbox::start_default().await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let mut text = format!(
            "[database]\nurl = 'sqlite://{}'\n",
            directory.path().join("trunkline.db").display()
        );
        for (kind, settings) in SETTINGS {
            let url = sandbox.url(kind);
            text.push_str(&format!(
                "[[accounts]]\nname = '{kind}'\nprovider = '{kind}'\nbase_url = '{url}'\n{settings}\n"
            ));
        }
        std::fs::write(directory.path().join("trunkline.toml"), text).unwrap();
        Self { sandbox, directory }
    }

    /// Has an account hold numbers, bought or registered by somebody else; answers some that are free.
    async fn fill(&self, kind: ProviderKind) -> Vec<String> {
        if matches!(kind, ProviderKind::Webex | ProviderKind::Wazo) {
            let mut numbers: Vec<_> = (0..HELD + FREE)
                .map(|n| format!("+1415555{n:04}"))
                .collect();
            let free = numbers.split_off(HELD);
            self.buy(kind, &numbers);
            return free;
        }
        let stock = StockOrder {
            country: "US".to_owned(),
            area_code: Some("415".to_owned()),
            number_type: None,
            count: HELD + 2 * FREE,
        };
        self.sandbox.set_stock(kind, &stock).unwrap();
        let search = format!("search --country US --area-code 415 --limit 100 --accounts {kind}");
        let mut left = HELD;
        loop {
            let (_, found, said) = self.run(&search).await;
            let found = found["data"]
                .as_array()
                .unwrap_or_else(|| panic!("{kind}: {said}"));
            let numbers = found
                .iter()
                .map(|row| row["number"].as_str().unwrap().to_owned());
            let mut numbers: Vec<String> = numbers.collect();
            if left == 0 {
                return numbers;
            }
            numbers.truncate(left);
            left -= numbers.len();
            self.buy(kind, &numbers);
        }
    }

    fn buy(&self, kind: ProviderKind, numbers: &[String]) {
        for number in numbers {
            self.sandbox.console_buy(kind, number).unwrap();
        }
    }

    /// Runs a command to its end: exit code, and all that it says.
    async fn run(&self, words: &str) -> (Exit, Value, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console::capture(&mut out, &mut err);
        let config = self.directory.path().join("trunkline.toml");
        let config = config.to_string_lossy();
        let before = ["trunkline", "--config", &config, "--output", "json"];
        let words = before.into_iter().chain(words.split(' '));
        let run = trunkline_cli::run(words, &mut console);
        let ended = tokio::time::timeout(PATIENCE, run).await;
        let exit = ended.expect("it ends");
        let answer = serde_json::from_slice(&out).unwrap_or_default();
        (exit, answer, String::from_utf8(err).unwrap())
    }
}

/// A command that buys or registers a number.
fn take(kind: ProviderKind, number: &str) -> String {
    match kind {
        ProviderKind::Twilio | ProviderKind::SignalWire | ProviderKind::Zendesk => {
            format!("purchase --account {kind} --number {number}")
        }
        ProviderKind::Webex => format!(
            "numbers register --account webex --location {WEBEX_LOCATION_ID} --number {number}"
        ),
        _ => format!("numbers register --account wazo --number {number}"),
    }
}

#[tokio::test]
async fn list_bulk_command_and_purchase_end_with_faulty_pages() {
    for (kind, _) in SETTINGS {
        let carriers = Carriers::start().await;
        let sandbox = &carriers.sandbox;
        let mut free = carriers.fill(kind).await;
        let held = sandbox.ledger(kind).owned.len();
        for (fault, unseen) in faults() {
            let plan = FaultPlan::always(kind, "list", fault.clone());
            if sandbox.inject(plan).is_err() {
                // Nothing like it can happen there.
                continue;
            }
            let seen = !unseen.contains(&kind);
            for command in [
                format!("numbers list --all --account {kind}"),
                format!("numbers release --account {kind} --tag nobody --yes"),
            ] {
                let (exit, _, said) = carriers.run(&command).await;
                let told = exit != Exit::Done || said.contains(": partial: ");
                assert_eq!(told, seen, "{fault:?}: {command}: {said}");
            }
            let number = free.pop().unwrap();
            let (exit, _, said) = carriers.run(&take(kind, &number)).await;
            let owned = sandbox.ledger(kind).owned;
            let found = owned.iter().filter(|entry| entry.number == number).count();
            let wanted = usize::from(exit == Exit::Done);
            assert_eq!(found, wanted, "{kind}: {fault:?}: {exit:?} {said}");
            sandbox.clear_faults();
        }
        assert!(sandbox.ledger(kind).releases.is_empty(), "{kind}");
        assert!(sandbox.ledger(kind).owned.len() >= held, "{kind}");
    }
}
