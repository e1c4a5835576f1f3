//! Answers in memory: kept by the journal, with its keys.

use async_trait::async_trait;

use crate::answers::{Answer, Answers, Reserve};
use crate::memory::MemoryAdmin;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_engine::journal::Scope;

fn read(text: &str) -> Result<Answer> {
    serde_json::from_str(text)
        .map_err(|e| Error::new(ErrorKind::Internal, "a kept answer can't be read").with_source(e))
}

#[async_trait]
impl Answers for MemoryAdmin {
    async fn reserve_key(&self, scope: &Scope, fingerprint: &str, owner: &str) -> Result<Reserve> {
        if let Some(lease) = self.journal.reserve_key(scope, fingerprint, owner) {
            return Ok(Reserve::Fresh(lease));
        }
        Ok(match self.journal.key(scope) {
            Some((entry, _)) if entry.fingerprint != fingerprint => Reserve::Mismatch,
            Some((_, Some(answer))) => Reserve::Answered(read(&answer)?),
            _ => Reserve::InFlight,
        })
    }

    async fn answer(&self, scope: &Scope) -> Result<Option<Answer>> {
        let answer = self.journal.key(scope).and_then(|(_, answer)| answer);
        answer.map(|text| read(&text)).transpose()
    }

    async fn keep_answer(
        &self,
        scope: &Scope,
        answer: Answer,
        version: Option<i64>,
    ) -> Result<Answer> {
        let text = serde_json::to_string(&answer).map_err(|e| {
            Error::new(ErrorKind::Internal, "an answer can't be written down").with_source(e)
        })?;
        read(&self.journal.keep_answer(scope, text, version))
    }

    async fn forget_key(&self, scope: &Scope) -> Result<()> {
        self.journal.forget_key(scope);
        Ok(())
    }
}
