//! The whole inventory as a stream: a line for each number.

use std::io;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use trunkline_core::inventory::{InventoryEntry, InventoryPage, InventoryQuery};
use trunkline_core::{Error, PriceSource, Result, inert_cell};

use crate::dto::inventory::{InventoryNumberDto, InventorySourceDto};
use crate::dto::problem::SourceError;
use crate::extract::Call;
use crate::headers::accepts;
use crate::routes::ndjson;

/// The media type of a table.
const CSV: &str = "text/csv";

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
}

impl Format {
    /// What the client asks for, if it is a stream.
    pub(super) fn wanted(headers: &HeaderMap) -> Option<Self> {
        if ndjson::wanted(headers) {
            return Some(Self::Json);
        }
        accepts(headers, CSV).then_some(Self::Csv)
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Json => ndjson::NDJSON,
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// The last line of JSON.
#[derive(Serialize)]
struct End {
    sources: Vec<InventorySourceDto>,
    next_cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<SourceError>,
}

/// What is still to be sent.
enum Rest {
    Page(Box<InventoryPage>),
    After(String),
    Nothing,
}

struct Progress {
    call: Call,
    query: InventoryQuery,
    format: Format,
    is_first: bool,
    rest: Rest,
}

/// Everything that a query finds. The first page is read before the answer begins.
///
/// # Errors
/// Those of the first page.
pub(super) async fn answer(
    call: Call,
    mut query: InventoryQuery,
    format: Format,
) -> Result<Response> {
    query.limit = InventoryQuery::LIMIT_MAX;
    let first = call.engine().inventory.list(call.caller(), &query).await?;
    let start = Progress {
        call,
        query,
        format,
        is_first: true,
        rest: Rest::Page(Box::new(first)),
    };
    let parts = stream::unfold(start, |mut progress| async move {
        let part = progress.next().await?;
        Some((part, progress))
    });
    let kind = [(header::CONTENT_TYPE, format.media_type())];
    Ok((kind, Body::from_stream(parts)).into_response())
}

impl Progress {
    /// The lines of the next page.
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        let page = match std::mem::replace(&mut self.rest, Rest::Nothing) {
            Rest::Nothing => return None,
            Rest::Page(page) => *page,
            Rest::After(cursor) => {
                self.query.cursor = Some(cursor);
                let inventory = &self.call.engine().inventory;
                match inventory.list(self.call.caller(), &self.query).await {
                    Ok(page) => page,
                    Err(error) => return Some(self.broken(error)),
                }
            }
        };
        if let Some(cursor) = page.next_cursor.clone() {
            self.rest = Rest::After(cursor);
        }
        Some(match self.format {
            Format::Json => Ok(json(page)),
            Format::Csv => table(&page.data, std::mem::take(&mut self.is_first)),
        })
    }

    /// What follows a failure: JSON can say it, a table can only be cut off.
    fn broken(&self, error: Error) -> io::Result<Bytes> {
        match self.format {
            Format::Json => Ok(ndjson::lines(&[End {
                sources: Vec::new(),
                next_cursor: None,
                error: Some(error.into()),
            }])),
            Format::Csv => Err(io::Error::other(error.to_string())),
        }
    }
}

/// The lines of a page; after the last one how fresh everything is.
fn json(page: InventoryPage) -> Bytes {
    let numbers: Vec<InventoryNumberDto> = page.data.into_iter().map(Into::into).collect();
    let lines = ndjson::lines(&numbers);
    if page.next_cursor.is_some() {
        return lines;
    }
    let end = ndjson::lines(&[End {
        sources: page.sources.into_iter().map(Into::into).collect(),
        next_cursor: None,
        error: None,
    }]);
    [lines, end].concat().into()
}

/// The columns of the table.
const COLUMNS: [&str; 26] = [
    "id",
    "account",
    "provider",
    "number",
    "extension",
    "country",
    "type",
    "state",
    "label",
    "caller_id_name",
    "main",
    "external",
    "owner",
    "location",
    "region",
    "locality",
    "tags",
    "protected",
    "monthly_price",
    "currency",
    "price_source",
    "purchased_at",
    "held",
    "first_seen_at",
    "last_seen_at",
    "changed_at",
];

/// The rows of a page as in RFC 4180.
fn table(entries: &[InventoryEntry], with_header: bool) -> io::Result<Bytes> {
    let mut writer = csv::Writer::from_writer(Vec::with_capacity(entries.len() * 256));
    if with_header {
        writer.write_record(COLUMNS)?;
    }
    for entry in entries {
        writer.write_record(row(entry).map(inert_cell))?;
    }
    let written = writer.into_inner();
    written
        .map(Bytes::from)
        .map_err(|error| io::Error::other(error.to_string()))
}

fn row(entry: &InventoryEntry) -> [String; COLUMNS.len()] {
    let (number, held) = (&entry.number, &entry.inventory);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let owner = number.owner.as_ref();
    let owner = owner.and_then(|owner| owner.name.clone().or_else(|| owner.id.clone()));
    let price = held.monthly_price;
    [
        number.id.to_string(),
        number.account.to_string(),
        number.provider.to_string(),
        text(&number.number),
        text(&number.extension),
        number.country.map(|it| it.to_string()).unwrap_or_default(),
        number.number_type.to_string(),
        number.state.to_string(),
        text(&number.label),
        text(&number.caller_id_name),
        number.main.to_string(),
        number.external.to_string(),
        owner.unwrap_or_default(),
        text(&number.location.name),
        text(&number.location.region),
        text(&number.location.locality),
        number.tags.join("; "),
        number.protected.to_string(),
        price.map(|it| it.amount.to_string()).unwrap_or_default(),
        price
            .map(|it| it.currency.code().to_string())
            .unwrap_or_default(),
        priced_by(held.price_source).to_owned(),
        number
            .purchased_at
            .map(|at| at.to_string())
            .unwrap_or_default(),
        held.state.to_string(),
        held.first_seen_at.to_string(),
        held.last_seen_at.to_string(),
        held.changed_at.to_string(),
    ]
}

const fn priced_by(source: PriceSource) -> &'static str {
    match source {
        PriceSource::Carrier => "carrier",
        PriceSource::Config => "config",
        PriceSource::Unknown => "unknown",
    }
}
