//! How values of the domain are written in answers.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;
use trunkline_admin::KeyScope;
use trunkline_admin::events::EventType;
use trunkline_core::capability::{ListFilter, NumberField, SearchFilter};
use trunkline_core::{
    AccountName, AddressRequirement, AllocationId, AuditId, CountryCode, DriftId, E164, EventId,
    IdempotencyKey, KeyId, NumberId, NumberState, NumberType, Operation, ProviderData,
    ProviderName, PurchaseId, Routing, SyncId, Tenant, WebhookId,
};

/// A value that is written where the API's document has a `D`.
pub(crate) trait Show<D> {
    /// Writes it.
    ///
    /// # Errors
    /// Those of the serializer.
    fn show<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// A value, written as a `D`.
pub(crate) struct Shown<'a, T, D>(&'a T, PhantomData<D>);

impl<'a, T: Show<D>, D> Shown<'a, T, D> {
    pub(crate) fn of(value: &'a T) -> Self {
        Self(value, PhantomData)
    }
}

impl<T: Show<D>, D> Serialize for Shown<'_, T, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.show(serializer)
    }
}

impl<T: Show<D>, D> Show<Option<D>> for Option<T> {
    fn show<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Shown::of).serialize(serializer)
    }
}

macro_rules! lists {
    ($($kind:ty),+) => {$(
        impl<T: Show<D>, D> Show<Vec<D>> for $kind {
            fn show<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.iter().map(Shown::of))
            }
        }
    )+};
}

lists! { Vec<T>, BTreeSet<T>, &[T] }

/// Values that write themselves as this type.
macro_rules! unchanged {
    ($($kind:ty as $written:ty),+ $(,)?) => {$(
        impl $crate::dto::convert::Show<$written> for $kind {
            fn show<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }
        }
    )+};
}

unchanged! {
    bool as bool, i32 as i32, i64 as i64, u8 as u8, u16 as u16, u32 as u32, u64 as u64, usize as usize, f64 as f64,
    &str as String, Cow<'static, str> as String, fmt::Arguments<'_> as String, String as String,
    Timestamp as Timestamp, Value as Value, ProviderData as ProviderData, Routing as Routing,
}

macro_rules! texts {
    ($($kind:ty),+ $(,)?) => {$(
        impl Show<String> for $kind {
            fn show<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    )+};
}

texts! {
    AccountName, AddressRequirement, AllocationId, AuditId, CountryCode, DriftId, E164, EventId, EventType, IdempotencyKey,
    KeyId, KeyScope, ListFilter, NumberField, NumberId, NumberState, NumberType, Operation, ProviderName, PurchaseId,
    SearchFilter, SyncId, Tenant, WebhookId,
}

/// Makes types of answers. `Dto as Schema = Domain, |value| { fields }` is a `Domain` that is called `Schema` in the API's
/// document and written with these fields: each is the field of the same name, or the expression behind its `=`, in which
/// `value` is what is written. Nothing is copied on the way.
macro_rules! dtos {
    ($(
        $(#[$meta:meta])*
        $vis:vis $dto:ident as $schema:ident = $domain:ty, |$value:ident| {
            $($(#[$about:meta])* $field:ident: $kind:ty $(= $made:expr)?),+ $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        $vis struct $dto($domain);

        impl From<$domain> for $dto {
            fn from(value: $domain) -> Self {
                Self(value)
            }
        }

        impl serde::Serialize for $dto {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::dto::convert::Show::<Self>::show(&self.0, serializer)
            }
        }

        impl $crate::dto::convert::Show<$dto> for $domain {
            fn show<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct as _;

                let $value = self;
                let fields = [$(stringify!($field)),+].len();
                let mut object = serializer.serialize_struct(stringify!($schema), fields)?;
                $(object.serialize_field(
                    match stringify!($field) {
                        "r#type" => "type",
                        "r#as" => "as",
                        name => name,
                    },
                    &$crate::dto::convert::Shown::<_, $kind>::of(
                        $crate::dto::convert::made!($value $field $($made)?)
                    ),
                )?;)+
                object.end()
            }
        }

        #[cfg(feature = "openapi")]
        const _: () = {
            $(#[$meta])*
            #[derive(utoipa::ToSchema)]
            #[schema(as = $schema)]
            #[expect(dead_code, reason = "only its schema is used")]
            struct Described {
                $($(#[$about])* $field: $kind),+
            }

            impl utoipa::PartialSchema for $dto {
                fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                    Described::schema()
                }
            }

            impl utoipa::ToSchema for $dto {
                fn name() -> std::borrow::Cow<'static, str> {
                    Described::name()
                }

                fn schemas(
                    schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>,
                ) {
                    Described::schemas(schemas);
                }
            }
        };
    )+};
}

/// The value of one field of [`dtos`].
macro_rules! made {
    ($value:ident $field:ident) => {
        &$value.$field
    };
    ($value:ident $field:ident $made:expr) => {
        &$made
    };
}

pub(crate) use {dtos, made, unchanged};
