//! Text in queries and paths, as the document describes it. Each is checked where it is read.

macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $name:ident $pattern:literal;)+) => {$(
        $(#[doc = $doc])+
        #[cfg_attr(not(feature = "openapi"), expect(dead_code, reason = "only its schema is used"))]
        #[derive(Debug)]
        pub(crate) enum $name {}

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let text = utoipa::openapi::ObjectBuilder::new();
                let text = text.schema_type(utoipa::openapi::Type::String);
                text.pattern(Some($pattern)).into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    )+};
}

texts! {
    /// Text on one line that is not blank.
    Word r"^[^\u0000-\u001F\u007F-\u009F]*[^\s\u0000-\u001F\u007F-\u009F][^\u0000-\u001F\u007F-\u009F]*$";
    /// Names separated by commas.
    Names r"[^\s,]";
    /// Features of a number, separated by commas.
    FeatureNames r"^[\s,]*(voice|sms|mms|fax|emergency)(\s*,[\s,]*(voice|sms|mms|fax|emergency))*[\s,]*$";
    /// A country, ISO 3166-1 alpha-2.
    Country "^[A-Za-z]{2}$";
    /// A number, E.164; a plus sign in a query becomes a blank easily.
    NumberInQuery r"^[+ ][1-9][0-9]{1,14}$";
    /// The id of a number, or its E.164 where one visible account holds it.
    NumberRef r"^([a-z0-9-]{1,63}:[!-~]+|[+ ][1-9][0-9]{1,14})$";
    /// The id of a caller ID.
    CallerIdRef r"^[a-z0-9-]{1,63}:[!-~]+$";
    /// The id of a purchase.
    PurchaseRef "^pur_[0-9a-z]{26}$";
    /// The name of an account.
    AccountRef "^[a-z0-9-]{1,63}$";
    /// The place where a list continues.
    Cursor "^cur_[A-Za-z0-9_-]+$";
}
