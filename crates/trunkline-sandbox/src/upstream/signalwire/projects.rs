//! SignalWire's projects, their tokens, and what a token may do.

use http::StatusCode;

use super::error::{ApiError, Result};
use crate::credentials::{
    SIGNALWIRE_API_TOKEN, SIGNALWIRE_BROKE_PROJECT_ID, SIGNALWIRE_DOCUMENTED_PROJECT_ID,
    SIGNALWIRE_NUMBERS_TOKEN, SIGNALWIRE_PROJECT_ID, SIGNALWIRE_SECOND_PROJECT_ID,
    SIGNALWIRE_TRIAL_PROJECT_ID, SIGNALWIRE_VOICE_TOKEN,
};
use crate::exchange::Request;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Project {
    pub(super) id: &'static str,
    /// In trial mode it may hold one number and ten caller IDs, and keeps a number for 30 days.
    pub(super) trial: bool,
    /// It can't pay for anything.
    pub(super) broke: bool,
    /// It is spoken to as the documents say, not as was seen.
    pub(super) documented: bool,
}

impl Project {
    pub(super) const fn number_limit(&self) -> usize {
        if self.trial { 1 } else { 1_000 }
    }

    /// How many verified caller IDs it may have, pending ones included.
    pub(super) const fn caller_id_limit(&self) -> usize {
        if self.trial { 10 } else { 1_000 }
    }

    /// How long a number must be kept.
    pub(super) const fn kept_days(&self) -> i64 {
        if self.trial { 30 } else { 14 }
    }
}

const PROJECTS: &[Project] = &[
    project(SIGNALWIRE_PROJECT_ID),
    project(SIGNALWIRE_SECOND_PROJECT_ID),
    Project {
        trial: true,
        ..project(SIGNALWIRE_TRIAL_PROJECT_ID)
    },
    Project {
        broke: true,
        ..project(SIGNALWIRE_BROKE_PROJECT_ID)
    },
    Project {
        documented: true,
        ..project(SIGNALWIRE_DOCUMENTED_PROJECT_ID)
    },
];

const fn project(id: &'static str) -> Project {
    Project {
        id,
        trial: false,
        broke: false,
        documented: false,
    }
}

/// What a token must be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    None,
    Numbers,
    Voice,
}

/// The project whose credential the request shows, if it is right.
pub(super) fn named(request: &Request) -> Option<&'static Project> {
    credential(request).map(|(project, _)| project)
}

pub(super) fn admit(request: &Request, scope: Scope) -> Result<&'static Project> {
    let (project, granted) =
        credential(request).ok_or(ApiError::Plain(StatusCode::UNAUTHORIZED))?;
    if scope == Scope::None || granted.is_none_or(|granted| granted == scope) {
        return Ok(project);
    }
    // One page of the documents says 401 and another 403.
    Err(ApiError::Plain(if project.documented {
        StatusCode::FORBIDDEN
    } else {
        StatusCode::UNAUTHORIZED
    }))
}

/// The project, and the only scope of its token if that has not all of them.
fn credential(request: &Request) -> Option<(&'static Project, Option<Scope>)> {
    let (id, token) = request.basic()?;
    let project = PROJECTS.iter().find(|project| project.id == id)?;
    let scope = match token.as_str() {
        SIGNALWIRE_API_TOKEN => None,
        SIGNALWIRE_NUMBERS_TOKEN => Some(Scope::Numbers),
        SIGNALWIRE_VOICE_TOKEN => Some(Scope::Voice),
        _ => return None,
    };
    Some((project, scope))
}
