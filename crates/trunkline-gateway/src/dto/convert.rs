//! From values of the domain to those of answers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;
use trunkline_admin::KeyScope;
use trunkline_admin::events::EventType;
use trunkline_core::capability::{ListFilter, NumberField, SearchFilter};
use trunkline_core::{
    AccountName, AddressRequirement, AllocationId, AuditId, CountryCode, E164, EventId,
    IdempotencyKey, KeyId, NumberId, NumberState, NumberType, Operation, ProviderData,
    ProviderName, PurchaseId, Routing, Tenant, WebhookId,
};

/// What a value is in an answer.
pub(crate) trait IntoDto<D> {
    /// Converts the value.
    fn into_dto(self) -> D;
}

impl<S: IntoDto<D>, D> IntoDto<Option<D>> for Option<S> {
    fn into_dto(self) -> Option<D> {
        self.map(S::into_dto)
    }
}

impl<S: IntoDto<D>, D> IntoDto<Vec<D>> for Vec<S> {
    fn into_dto(self) -> Vec<D> {
        self.into_iter().map(S::into_dto).collect()
    }
}

impl<S: IntoDto<D> + Copy, D> IntoDto<Vec<D>> for &'static [S] {
    fn into_dto(self) -> Vec<D> {
        self.iter().copied().map(S::into_dto).collect()
    }
}

impl<S: IntoDto<D>, D> IntoDto<Vec<D>> for BTreeSet<S> {
    fn into_dto(self) -> Vec<D> {
        self.into_iter().map(S::into_dto).collect()
    }
}

macro_rules! unchanged {
    ($($kind:ty),+) => {$(
        impl IntoDto<$kind> for $kind {
            fn into_dto(self) -> $kind {
                self
            }
        }
    )+};
}

unchanged! {
    bool, i32, i64, u8, u16, u32, u64, usize, f64, String, Timestamp, Value, ProviderData, Routing
}

macro_rules! texts {
    (|$value:ident| $text:expr; $($kind:ty),+) => {$(
        impl IntoDto<String> for $kind {
            fn into_dto(self) -> String {
                let $value = self;
                $text
            }
        }
    )+};
}

texts! {
    |value| value.into();
    &'static str, AccountName, AddressRequirement, AllocationId, AuditId, CountryCode, Cow<'static, str>,
    EventId, IdempotencyKey, KeyId, NumberId, NumberState, NumberType, PurchaseId, Tenant, WebhookId
}

texts! {
    |value| value.as_str().to_owned();
    E164, EventType, KeyScope, ListFilter, NumberField, Operation, ProviderName, SearchFilter
}

/// Makes types of answers. `Dto as Schema = Domain, |value| { fields }` is a struct that is called `Schema` in the API's
/// document, and `From<Domain>`: each field is converted from the field of the same name, or is the expression behind
/// its `=`, in which `value` is what is converted.
macro_rules! dtos {
    ($(
        $(#[$meta:meta])*
        $vis:vis $dto:ident as $schema:ident = $domain:ty, |$value:ident| {
            $($(#[$about:meta])* $field:ident: $kind:ty $(= $made:expr)?),+ $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        #[schema(as = $schema)]
        $vis struct $dto {
            $($(#[$about])* $vis $field: $kind),+
        }

        impl From<$domain> for $dto {
            fn from($value: $domain) -> Self {
                Self { $($field: $crate::dto::convert::made!($value $field $($made)?)),+ }
            }
        }

        impl $crate::dto::convert::IntoDto<$dto> for $domain {
            fn into_dto(self) -> $dto {
                self.into()
            }
        }
    )+};
}

/// The value of one field of [`dtos`].
macro_rules! made {
    ($value:ident $field:ident) => {
        $crate::dto::convert::IntoDto::into_dto($value.$field)
    };
    ($value:ident $field:ident $made:expr) => {
        $made
    };
}

pub(crate) use {dtos, made};
