//! What the judge finds wrong.

/// What is wrong, kind by kind, a line for each case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Charges beyond those that purchases claim, a key with two, a number asked for more often than purchases named it.
    pub(crate) doubles: Vec<String>,
    /// Charges that no succeeded purchase accounts for.
    pub(crate) orphans: Vec<String>,
    /// Succeeded purchases of numbers that were not sold, or are gone and were not released.
    pub(crate) phantoms: Vec<String>,
    /// Purchases that are not done, or were only later than promised.
    pub(crate) unsettled: Vec<String>,
    /// Purchases called late whose commit a look of the settling time had to find.
    pub(crate) not_late: Vec<String>,
    /// Late commits that the watch took too long to notice.
    pub(crate) unnoticed: Vec<String>,
    /// Moments at which an account had spent more than its ceiling, and sums that are not those of the books.
    pub(crate) overspent: Vec<String>,
    /// Questions that nobody needed to be asked.
    pub(crate) questions: Vec<String>,
    /// Questions that nobody was asked.
    pub(crate) unasked: Vec<String>,
    /// Purchases that were sent though another of the number was open, or had won it.
    pub(crate) order: Vec<String>,
    /// Clients who were told something that is not so.
    pub(crate) untruths: Vec<String>,
    /// Keys that do not answer what the journal says.
    pub(crate) keys: Vec<String>,
    /// Numbers that were released and are held, or the reverse.
    pub(crate) releases: Vec<String>,
    /// Settings that are not as they were made.
    pub(crate) settings: Vec<String>,
    /// Phones that rang more than once.
    pub(crate) rings: Vec<String>,
    /// Numbers that were registered and are not on the books once.
    pub(crate) registrations: Vec<String>,
    /// Clients who never got a final answer.
    pub(crate) unanswered: Vec<String>,
}

impl Verdict {
    /// Kind and cases, in the order of the report.
    pub(crate) fn rows(&self) -> [(&'static str, &[String]); 17] {
        [
            ("doubles", &self.doubles),
            ("orphans", &self.orphans),
            ("phantoms", &self.phantoms),
            ("unsettled", &self.unsettled),
            ("called late and not late", &self.not_late),
            ("late ones noticed too late", &self.unnoticed),
            ("over a ceiling", &self.overspent),
            ("questions without need", &self.questions),
            ("questions nobody was asked", &self.unasked),
            ("sent out of turn", &self.order),
            ("clients told wrong", &self.untruths),
            ("keys that answer otherwise", &self.keys),
            ("releases not as told", &self.releases),
            ("settings not as made", &self.settings),
            ("phones rung twice", &self.rings),
            ("registrations lost or doubled", &self.registrations),
            ("clients never told the end", &self.unanswered),
        ]
    }

    pub(crate) fn passes(&self) -> bool {
        self.rows().iter().all(|(_, cases)| cases.is_empty())
    }
}
