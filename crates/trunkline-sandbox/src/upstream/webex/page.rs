//! Pages: by offset, and with a link to the next one where links are on.

use http::{HeaderName, StatusCode, header};
use serde::Serialize;

use super::error::{ApiError, Result};
use super::params::Params;
use super::{Context, Webex, json};
use crate::exchange::Answer;

/// How much a page has, unless said.
const DEFAULT_MAX: usize = 2_000;

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    start: usize,
    max: usize,
}

impl Page {
    pub(super) fn of(params: &Params) -> Result<Self> {
        let max = params.whole("max")?.unwrap_or(DEFAULT_MAX);
        if max == 0 {
            return Err(ApiError::bad("Invalid value for max: 0"));
        }
        Ok(Self {
            start: params.whole("start")?.unwrap_or_default(),
            max,
        })
    }

    /// The part of all there is that begins at `start`.
    fn cut<'a, T>(&self, all: &'a [T], start: usize) -> &'a [T] {
        let start = start.min(all.len());
        &all[start..all.len().min(start.saturating_add(self.max))]
    }
}

impl Webex {
    /// Answers with a page of `all` rows; the document is made of that page.
    pub(super) fn paged<'a, T, D: Serialize>(
        &self,
        context: &Context<'_>,
        all: &'a [T],
        document: impl FnOnce(&'a [T]) -> D,
    ) -> Result<Answer> {
        let params = Params::of_query(context.request);
        let page = Page::of(&params)?;
        let (start, count) = context.visit.shifted(page.start, all.len());
        let mut answer = json(StatusCode::OK, &document(page.cut(all, start)));
        let next = page.start.saturating_add(page.max);
        if self.links && next < count {
            let host = context
                .request
                .header(header::HOST.as_str())
                .unwrap_or("127.0.0.1");
            let (path, query) = (&context.request.path, params.page(next, page.max));
            let link = format!("<http://{host}{path}?{query}>; rel=\"next\"");
            answer.set(HeaderName::from_static("link"), link);
        }
        Ok(answer)
    }
}
