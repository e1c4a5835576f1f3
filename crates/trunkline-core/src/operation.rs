//! What can be asked of a carrier, as closed sets of names: operations, filters and fields.

use std::fmt;

named_enum! {
    /// One thing that a [`Provider`](crate::Provider) may be able to do; named after its method.
    Operation {
        /// Search the carrier's stock.
        SearchAvailable = "search_available",
        /// Buy one number.
        Purchase = "purchase",
        /// Record a number held elsewhere.
        Register = "register",
        /// Record contiguous numbers.
        RegisterRange = "register_range",
        /// List the numbers held.
        List = "list",
        /// Show one number.
        Get = "get",
        /// Find out whether a number is held.
        FindOwned = "find_owned",
        /// Change a number.
        Update = "update",
        /// Give a number back.
        Release = "release",
        /// Show the main number.
        GetMain = "get_main",
        /// Choose the main number.
        SetMain = "set_main",
        /// Start proving a caller ID.
        StartCallerId = "start_caller_id",
        /// Submit the code of a caller-ID proof.
        CompleteCallerId = "complete_caller_id",
        /// Call again with a code.
        ResendCallerId = "resend_caller_id",
        /// List caller IDs.
        ListCallerIds = "list_caller_ids",
        /// Show one caller ID.
        GetCallerId = "get_caller_id",
        /// Change a caller ID.
        UpdateCallerId = "update_caller_id",
        /// Remove a caller ID.
        DeleteCallerId = "delete_caller_id",
        /// Check credential and reachability with a call that changes nothing.
        CheckHealth = "check_health",
        /// What the carrier charges for a kind of number.
        ListPrices = "list_prices",
        /// Which countries and types of number are on sale.
        ListCountries = "list_countries",
    }
}

impl Operation {
    /// The operation in words, for messages: `the search for numbers`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::SearchAvailable => "the search for numbers",
            Self::Purchase => "the purchase of a number",
            Self::Register => "the registration of a number",
            Self::RegisterRange => "the registration of a range",
            Self::List => "the list of numbers",
            Self::Get => "the look-up of a number",
            Self::FindOwned => "the question whether a number is held",
            Self::Update => "the change of a number",
            Self::Release => "the release of a number",
            Self::GetMain => "the look-up of the main number",
            Self::SetMain => "the choice of the main number",
            Self::StartCallerId => "the verification of a caller ID",
            Self::CompleteCallerId => "the code of a caller ID",
            Self::ResendCallerId => "another verification call",
            Self::ListCallerIds => "the list of caller IDs",
            Self::GetCallerId => "the look-up of a caller ID",
            Self::UpdateCallerId => "the change of a caller ID",
            Self::DeleteCallerId => "the removal of a caller ID",
            Self::CheckHealth => "the check of the credential",
            Self::ListPrices => "the list of prices",
            Self::ListCountries => "the list of countries",
        }
    }
}

impl Operation {
    /// Whether the operation changes something at the carrier.
    pub const fn is_write(self) -> bool {
        !matches!(
            self,
            Self::SearchAvailable
                | Self::List
                | Self::Get
                | Self::FindOwned
                | Self::GetMain
                | Self::ListCallerIds
                | Self::GetCallerId
                | Self::CheckHealth
                | Self::ListPrices
                | Self::ListCountries
        )
    }
}

named_enum! {
    /// A way to narrow a search of available numbers; named after the field of [`SearchQuery`](crate::SearchQuery).
    SearchFilter {
        /// National destination code, for example `415`.
        AreaCode = "area_code",
        /// Digits anywhere, at the start or at the end.
        Contains = "contains",
        /// What the number can do.
        Features = "features",
        /// State or province.
        Region = "region",
        /// City.
        Locality = "locality",
        /// Postal code.
        PostalCode = "postal_code",
        /// Close to a number or a point.
        Near = "near",
        /// How close, in miles.
        Distance = "distance",
        /// Only numbers that need no (such) address.
        AddressRequirement = "address_requirement",
        /// Rate centre.
        RateCenter = "rate_center",
        /// Local access and transport area.
        Lata = "lata",
        /// Numbers new to the carrier's platform.
        Beta = "beta",
    }
}

named_enum! {
    /// A way to narrow the list of numbers held; named after the field of [`ListQuery`](crate::ListQuery).
    ListFilter {
        /// One number exactly.
        Number = "number",
        /// Digits anywhere in the number.
        Contains = "contains",
        /// Country.
        Country = "country",
        /// Type of number.
        Type = "type",
        /// What the carrier says of it.
        State = "state",
        /// What the number can do.
        Features = "features",
        /// Label, exactly.
        Label = "label",
        /// Who it is assigned to.
        Owner = "owner",
        /// Where it is.
        Location = "location",
        /// The main number.
        Main = "main",
        /// Assigned to nobody.
        Available = "available",
    }
}

named_enum! {
    /// A field of a number that can be changed; named after the field of [`NumberUpdate`](crate::NumberUpdate).
    NumberField {
        /// Name given by the operator.
        Label = "label",
        /// What happens to a call.
        Voice = "voice",
        /// What happens to a message.
        Messaging = "messaging",
        /// Address given to emergency services.
        EmergencyAddressId = "emergency_address_id",
        /// Name shown to the callee.
        CallerIdName = "caller_id_name",
        /// Where it is.
        Location = "location",
        /// Who it is assigned to.
        Owner = "owner",
        /// In use or not.
        State = "state",
        /// Usable by everyone.
        Shared = "shared",
        /// What one carrier alone has.
        ProviderOptions = "provider_options",
    }
}

/// A set of operations.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct OperationSet(u32);

impl OperationSet {
    /// A set of these operations.
    #[must_use]
    pub const fn of(operations: &[Operation]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < operations.len() {
            bits |= 1 << operations[i] as u32;
            i += 1;
        }
        Self(bits)
    }

    /// Whether the operation is in the set.
    pub const fn contains(self, operation: Operation) -> bool {
        self.0 & (1 << operation as u32) != 0
    }

    /// The members, in order.
    pub fn iter(self) -> impl Iterator<Item = Operation> {
        Operation::ALL
            .iter()
            .copied()
            .filter(move |operation| self.contains(*operation))
    }
}

impl fmt::Debug for OperationSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
