//! Answers of the API.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::Call;
use crate::failure::{Failure, Problem};

/// An answer of the API.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Whether the answer was given before, under the same key.
    pub(crate) replayed: bool,
    pub(crate) body: String,
}

impl Reply {
    /// The answer if its status says success.
    ///
    /// # Errors
    /// The problem that the API reported.
    pub(crate) fn checked(self, call: &Call) -> Result<Self, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        match serde_json::from_str::<Problem>(&self.body) {
            Ok(problem) if !problem.kind.is_empty() => {
                let document = serde_json::from_str(&self.body).ok();
                Err(Failure::from(problem).with_document(document))
            }
            _ => {
                let message = format!(
                    "the gateway answered {} {} with status {}",
                    call.method, call.path, self.status
                );
                Err(Failure::failed(message)
                    .with_hint("check that --server or TRUNKLINE_URL names a trunkline gateway"))
            }
        }
    }

    /// The body as a type.
    ///
    /// # Errors
    /// A body of another type.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.body).map_err(|error| {
            Failure::failed(format!("the answer can't be read: {error}")).with_hint(
                "check that --server or TRUNKLINE_URL names a trunkline gateway of this version",
            )
        })
    }

    /// The body as any JSON.
    ///
    /// # Errors
    /// A body that is not JSON.
    pub(crate) fn value(&self) -> Result<Value, Failure> {
        self.read()
    }
}
