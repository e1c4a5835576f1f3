//! Points between two steps at which a test may end or stop the process.
//!
//! Without the feature `failpoints` nothing of this is compiled in. With it a point still does nothing until a `main`
//! arms it, and the product's never does: `trunkline-torture` has one of its own.

macro_rules! points {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        $($(#[doc = $doc])+ pub const $name: &str = $text;)+

        /// Every point, in the order of a purchase's life, then those of a release, a caller ID and a registration.
        pub const ALL: &[&str] = &[$($name),+];
    };
}

points! {
    /// A purchase is about to be written down as intended.
    BEFORE_INTENT = "before-intent";
    /// A purchase is written down as intended.
    AFTER_INTENT = "after-intent";
    /// The account was looked at, and nothing is decided yet.
    AFTER_LOOK = "after-look";
    /// It is about to be written down that a purchase may leave.
    BEFORE_DISPATCH = "before-dispatch";
    /// It is written down that a purchase may leave.
    AFTER_DISPATCH = "after-dispatch";
    /// The last moment before the lease is checked and the request leaves.
    BEFORE_SEND = "before-send";
    /// A write to a carrier is half on its way.
    MID_REQUEST = "mid-request";
    /// The head of the answer to a write is here, its body is not.
    MID_ANSWER = "mid-answer";
    /// The answer to a write is read, and not decoded.
    ANSWER_READ = "answer-read";
    /// The answer to a purchase is understood, and not written down.
    ANSWERED = "answered";
    /// What became of a purchase is about to be written down.
    BEFORE_OUTCOME = "before-outcome";
    /// What became of a purchase is written down.
    AFTER_OUTCOME = "after-outcome";
    /// The next candidate is about to be made a purchase's, in place of one that was refused.
    BEFORE_NEXT = "before-next";
    /// The next candidate has been made a purchase's.
    AFTER_NEXT = "after-next";
    /// A look that is to settle a purchase is over.
    SETTLING = "settling";
    /// A purchase is about to be written down as presumed failed.
    BEFORE_PRESUMED = "before-presumed";
    /// A purchase is written down as presumed failed.
    AFTER_PRESUMED = "after-presumed";
    /// A look of the watch over a purchase presumed failed is over.
    WATCHING = "watching";
    /// The settings that follow a purchase are about to be sent.
    BEFORE_SETTINGS = "before-settings";
    /// The settings that follow a purchase are made, and it is not written down.
    SETTINGS_MADE = "settings-made";
    /// It is written down what became of the settings.
    AFTER_SETTINGS = "after-settings";
    /// A release is about to be written down.
    BEFORE_RELEASE = "before-release";
    /// A release is written down, and not sent.
    RELEASE_BEGUN = "release-begun";
    /// A release was answered, and it is not written down.
    RELEASE_SENT = "release-sent";
    /// It is written down what became of a release.
    RELEASE_ENDED = "release-ended";
    /// The proof of a caller ID is written down, and no phone rings yet.
    CALLER_ID_BEGUN = "caller-id-begun";
    /// A phone may ring for a proof, and the code is not written down.
    CALLER_ID_SENT = "caller-id-sent";
    /// A registration is about to be sent.
    BEFORE_REGISTER = "before-register";
    /// A registration was answered, and the caller has no answer yet.
    REGISTER_SENT = "register-sent";
}

/// Armed, it makes the process speak HTTP/2 without TLS to the carriers from the start of the connection. Nothing hits it.
pub const HTTP2: &str = "http2";

/// Does what the point was armed for, if it was.
#[inline]
pub fn hit(name: &str) {
    #[cfg(feature = "failpoints")]
    fail::eval(name, |_| ());
    #[cfg(not(feature = "failpoints"))]
    let _ = name;
}

/// Whether a point was armed.
#[cfg(feature = "failpoints")]
#[must_use]
pub fn is_armed(name: &str) -> bool {
    fail::list().iter().any(|(armed, _)| armed == name)
}

/// Arms a point for the rest of the process: every [`hit`] on it calls back.
#[cfg(feature = "failpoints")]
pub fn arm(name: &str, callback: impl Fn() + Send + Sync + 'static) {
    // It refuses nothing but actions it can't parse, and a callback is none.
    let armed = fail::cfg_callback(name, callback);
    debug_assert!(armed.is_ok());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_point_has_its_own_name() {
        let names: BTreeSet<_> = ALL.iter().collect();
        assert_eq!(names.len(), ALL.len());
    }

    #[test]
    fn unarmed_point_does_nothing() {
        ALL.iter().for_each(|name| hit(name));
    }
}
