//! A carrier in memory whose customers keep a directory of their numbers, and the harness for it.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use trunkline_core::capability::NumberField;
use trunkline_core::host;
use trunkline_core::{
    AccountName, Capability, E164, Error, ErrorKind, ListQuery, Number, NumberUpdate, Operation,
    OperationSet, Page, Patch, Provider, ProviderData, ProviderName, RangeItem, RangeOutcome,
    RangeRequest, Register, Result, Sighting,
};
use trunkline_testkit::harness::{
    CallOutcome, Fault, Harness, Ledger, OwnedEntry, Refusal, ReleaseEntry, Samples,
};

static DIRECTORY: ProviderName = ProviderName::new("directory");

/// What is wrong with an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    RegistersTwice,
    TwoMains,
    LosesLast,
    ReleasesNothing,
    ClaimsHealth,
    HidesMain,
}

/// The account's numbers, and how often each operation was asked for.
#[derive(Debug, Default)]
struct Books {
    held: Vec<Number>,
    issued: usize,
    ledger: Ledger,
}

#[derive(Debug)]
struct Directory {
    account: AccountName,
    capability: Capability,
    flaw: Flaw,
    books: Arc<Mutex<Books>>,
}

pub(crate) struct DirectoryHarness {
    flaw: Flaw,
    samples: Samples,
    books: Arc<Mutex<Books>>,
}

impl DirectoryHarness {
    pub(crate) fn new(flaw: Flaw) -> Self {
        let number = |line: usize| format!("+1415555{line:04}");
        let update = r#"{"label": "Front desk"}"#;
        let samples = Samples {
            crowd: 12,
            register: (100..120).map(number).collect(),
            range: Some(RangeRequest {
                start_number: number(130),
                end_number: number(133),
                location: None,
            }),
            updates: vec![serde_json::from_str(update).unwrap()],
            unknown_id: "DN999".to_owned(),
            unknown_number: number(199).parse().ok(),
            refusal: Some(Refusal::default()),
            secrets: vec!["hunter2".to_owned()],
            ..Samples::default()
        };
        Self {
            flaw,
            samples,
            books: Arc::default(),
        }
    }
}

#[async_trait]
impl Harness for DirectoryHarness {
    fn provider(&self) -> Arc<dyn Provider> {
        use Operation as Op;
        let mut operations = vec![
            Op::Register,
            Op::RegisterRange,
            Op::List,
            Op::Get,
            Op::FindOwned,
            Op::Update,
            Op::Release,
            Op::GetMain,
            Op::SetMain,
        ];
        match self.flaw {
            Flaw::HidesMain => operations.retain(|operation| *operation != Op::GetMain),
            Flaw::ClaimsHealth => operations.push(Op::CheckHealth),
            _ => {}
        }
        Arc::new(Directory {
            account: "office".parse().unwrap(),
            capability: Capability {
                operations: OperationSet::of(&operations),
                page_size_max: 100,
                batch_max: 5,
                writable: vec![NumberField::Label],
                ..Capability::default()
            },
            flaw: self.flaw,
            books: Arc::clone(&self.books),
        })
    }

    fn samples(&self) -> &Samples {
        &self.samples
    }

    fn inject(&self, operation: Operation, fault: Fault, _: Option<u64>) {
        panic!("nothing fails here: {operation} {fault:?}");
    }

    fn clear_faults(&self) {}

    fn ledger(&self) -> Ledger {
        let books = self.books.lock().unwrap();
        let owned = books.held.iter().map(|number| OwnedEntry {
            number: number.number.clone().unwrap(),
            account: number.account.to_string(),
            since: number.purchased_at.unwrap_or_default(),
            monthly_price: "0".to_owned(),
            by: None,
        });
        Ledger {
            owned: owned.collect(),
            ..books.ledger.clone()
        }
    }

    fn validation_code(&self, _: &E164) -> Option<String> {
        None
    }

    async fn answer_caller_id(&self, number: &E164, _: CallOutcome) {
        panic!("nobody calls {number}");
    }
}

fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "there is no such number")
}

impl Books {
    fn take(&mut self, account: &AccountName, number: &str, twice: bool) -> Result<(Number, bool)> {
        let known = |held: &&Number| held.number.as_deref() == Some(number);
        if let (Some(held), false) = (self.held.iter().find(known), twice) {
            return Ok((held.clone(), false));
        }
        self.issued += 1;
        let id = format!("DN{}", self.issued);
        let new = Number::new(account.clone(), DIRECTORY.clone(), id, number.parse()?)?;
        self.held.push(new.clone());
        Ok((new, true))
    }

    fn find(&mut self, id: &str) -> Result<&mut Number> {
        let found = self.held.iter_mut().find(|number| number.provider_id == id);
        found.ok_or_else(not_found)
    }
}

impl Directory {
    /// The books, for an operation that is counted as a request.
    fn ask(&self, operation: Operation) -> MutexGuard<'_, Books> {
        let mut books = self.books.lock().unwrap();
        let name = operation.as_str().to_owned();
        *books.ledger.requests.entry(name).or_default() += 1;
        books
    }
}

#[async_trait]
impl Provider for Directory {
    fn account(&self) -> &AccountName {
        &self.account
    }

    fn provider(&self) -> &ProviderName {
        &DIRECTORY
    }

    fn identity(&self) -> &str {
        "directory-1"
    }

    fn capability(&self) -> &Capability {
        &self.capability
    }

    async fn register(&self, request: &Register) -> Result<Vec<(Number, bool)>> {
        let mut books = self.ask(Operation::Register);
        let twice = self.flaw == Flaw::RegistersTwice;
        let numbers = request.numbers.iter();
        numbers
            .map(|number| books.take(&self.account, number, twice))
            .collect()
    }

    async fn register_range(&self, request: &RangeRequest) -> Result<Vec<RangeItem>> {
        let mut books = self.ask(Operation::RegisterRange);
        let end = |text: &str| text.trim_start_matches('+').parse::<u64>().unwrap();
        let items = (end(&request.start_number)..=end(&request.end_number)).map(|digits| {
            let number = format!("+{digits}");
            let outcome = match books.take(&self.account, &number, false)? {
                (new, true) => RangeOutcome::Created(Box::new(new)),
                (old, false) => RangeOutcome::Existing(Box::new(old)),
            };
            Ok(RangeItem { number, outcome })
        });
        items.collect()
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        let books = self.ask(Operation::List);
        let from: usize = query.cursor.as_deref().map_or(0, |at| at.parse().unwrap());
        let size = if query.limit == 0 { 50 } else { query.limit };
        let mut items: Vec<_> = books.held.iter().skip(from).take(size).cloned().collect();
        let to = from + items.len();
        if self.flaw == Flaw::LosesLast && items.len() == size {
            items.pop();
        }
        let next = (to < books.held.len()).then(|| to.to_string());
        Ok(Page {
            items,
            next,
            unreadable: 0,
            provider_data: ProviderData::default(),
            cut: false,
            local: Default::default(),
            shifted: false,
        })
    }

    async fn get(&self, provider_id: &str) -> Result<Number> {
        self.ask(Operation::Get).find(provider_id).cloned()
    }

    async fn find_owned(&self, number: &E164) -> Result<Sighting> {
        let books = self.ask(Operation::List);
        let held = books.held.iter();
        let held = held.filter(|held| held.e164() == Some(*number));
        Ok(Sighting::shown(held.cloned().collect(), None))
    }

    async fn update(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        let mut books = self.ask(Operation::Update);
        let number = books.find(provider_id)?;
        if let Patch::Set(label) = &update.label {
            number.label = Some(label.clone());
        }
        Ok(number.clone())
    }

    async fn release(&self, provider_id: &str) -> Result<()> {
        let mut books = self.ask(Operation::Release);
        let released = books.find(provider_id)?.clone();
        if self.flaw == Flaw::ReleasesNothing {
            return Ok(());
        }
        books.held.retain(|held| held.id != released.id);
        books.ledger.releases.push(ReleaseEntry {
            number: released.number.unwrap(),
            account: released.account.to_string(),
            at: host::now(),
            by: None,
        });
        Ok(())
    }

    async fn get_main(&self, _: Option<&str>) -> Result<Number> {
        let books = self.ask(Operation::GetMain);
        let main = books.held.iter().rev().find(|number| number.main);
        main.cloned().ok_or_else(not_found)
    }

    async fn set_main(&self, _: Option<&str>, provider_id: &str) -> Result<Number> {
        let mut books = self.ask(Operation::SetMain);
        if self.flaw != Flaw::TwoMains {
            books.held.iter_mut().for_each(|number| number.main = false);
        }
        let number = books.find(provider_id)?;
        number.main = true;
        Ok(number.clone())
    }
}
