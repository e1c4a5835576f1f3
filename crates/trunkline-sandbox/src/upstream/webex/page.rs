//! Pages: by offset, and with a link to the next one where links are on.

use http::HeaderName;
use serde::Serialize;

use super::error::{ApiError, Result};
use super::state::{Context, Webex};
use crate::exchange::Answer;

/// How much a page has by default.
const DEFAULT_MAX: usize = 2_000;

impl Webex {
    /// Answers with a page of `all` rows; the document is made of that page.
    pub(super) fn paged<'a, T, D: Serialize>(
        &self,
        context: &Context<'_>,
        all: &'a [T],
        document: impl FnOnce(&'a [T]) -> D,
    ) -> Result<Answer> {
        let params = context.query();
        let max = params.whole("max")?.unwrap_or(DEFAULT_MAX);
        if max == 0 {
            return Err(ApiError::invalid("max", "0"));
        }
        let first = params.whole("start")?.unwrap_or_default();
        let (start, count) = context.visit.shifted(first, all.len());
        let start = start.min(all.len());
        let page = &all[start..all.len().min(start.saturating_add(max))];
        let mut answer = Answer::ok(&document(page));
        let next = first.saturating_add(max);
        if self.options.webex_links && next < count {
            let (host, path) = (context.request.host(), &context.request.path);
            let paging = [("start", next.to_string()), ("max", max.to_string())];
            let filters = |name: &str| name != "start" && name != "max";
            let query = params.rewritten(filters, &paging);
            let link = format!("<http://{host}{path}?{query}>; rel=\"next\"");
            answer.set(HeaderName::from_static("link"), link);
        }
        Ok(answer)
    }
}
