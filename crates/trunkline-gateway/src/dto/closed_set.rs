//! Closed sets: enums of the API with the members of enums of the core.

/// Makes an enum `Dto as Schema` that stands for an enum of the core. A name is read in any case.
macro_rules! closed_sets {
    ($($(#[doc = $doc:literal])+ $dto:ident as $schema:ident = $core:path {
        $($member:ident $name:tt),+ $(,)?
    })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
        #[schema(as = $schema)]
        pub(crate) enum $dto {
            $(#[serde(rename = $name)] $member,)+
        }

        impl $dto {
            /// Every member with its name.
            pub(crate) const ALL: &'static [(&'static str, Self)] = &[$(($name, Self::$member)),+];
        }

        impl<'de> serde::Deserialize<'de> for $dto {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::values::one_of_set(deserializer, Self::ALL)
            }
        }

        impl From<$dto> for $core {
            fn from(value: $dto) -> Self {
                match value { $($dto::$member => Self::$member),+ }
            }
        }
    )+};
}

/// The same, and the enum of the core has no more members than these.
macro_rules! mirrors {
    ($($(#[doc = $doc:literal])+ $dto:ident as $schema:ident = $core:path {
        $($member:ident $name:tt),+ $(,)?
    })+) => {
        $crate::dto::closed_set::closed_sets! {
            $($(#[doc = $doc])+ $dto as $schema = $core { $($member $name),+ })+
        }

        $(impl From<$core> for $dto {
            fn from(value: $core) -> Self {
                type Core = $core;
                match value { $(Core::$member => Self::$member),+ }
            }
        })+
    };
}

pub(crate) use {closed_sets, mirrors};
