//! What the judge finds wrong.

/// Makes the kinds of what can be wrong, in the order of the report: each with its name there.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $name:literal,)+) => {
        /// What is wrong, kind by kind, a line for each case.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub(crate) struct Verdict {
            $($(#[$doc])* pub(crate) $kind: Vec<String>,)+
        }

        impl Verdict {
            /// Kind and cases.
            pub(crate) fn rows(&self) -> impl Iterator<Item = (&'static str, &[String])> {
                [$(($name, &*self.$kind)),+].into_iter()
            }
        }
    };
}

kinds! {
    /// Charges beyond those that purchases claim, a key with two, a number asked for more often than purchases named it.
    doubles: "doubles",
    /// Charges that no succeeded purchase accounts for.
    orphans: "orphans",
    /// Succeeded purchases of numbers that were not sold, or are gone and were not released.
    phantoms: "phantoms",
    /// Purchases that are not done, or were only later than promised.
    unsettled: "unsettled",
    /// Purchases called late whose commit a look of the settling time had to find.
    not_late: "called late and not late",
    /// Late commits that the watch took too long to notice.
    unnoticed: "late ones noticed too late",
    /// Moments at which an account had spent more than its ceiling, and sums that are not those of the books.
    overspent: "over a ceiling",
    /// Questions that nobody needed to be asked.
    questions: "questions without need",
    /// Questions that nobody was asked.
    unasked: "questions nobody was asked",
    /// Purchases that were sent though another of the number was open, or had won it.
    order: "sent out of turn",
    /// Clients who were told something that is not so.
    untruths: "clients told wrong",
    /// Keys that do not answer what the journal says.
    keys: "keys that answer otherwise",
    /// Numbers that were released and are held, or the reverse.
    releases: "releases not as told",
    /// Settings that are not as they were made.
    settings: "settings not as made",
    /// Phones that rang more than once.
    rings: "phones rung twice",
    /// Numbers that were registered and are not on the books once.
    registrations: "registrations lost or doubled",
    /// Clients who never got a final answer.
    unanswered: "clients never told the end",
}

impl Verdict {
    pub(crate) fn passes(&self) -> bool {
        self.rows().all(|(_, cases)| cases.is_empty())
    }
}
