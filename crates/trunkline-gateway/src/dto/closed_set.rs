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
        }

        impl $crate::dto::convert::Show<$dto> for $core {
            fn show<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&<$dto>::from(*self), serializer)
            }
        })+
    };
}

pub(crate) use {closed_sets, mirrors};

#[cfg(test)]
mod tests {
    use trunkline_core::{
        AllocationMode, BreakerState, PurchaseState, QuestionReason, Strategy, Via,
    };
    use utoipa::ToSchema;

    use crate::dto::allocation::AllocationModeDto;
    use crate::dto::audit::ViaDto;
    use crate::dto::provider::BreakerStateDto;
    use crate::dto::purchase::{PurchaseStateDto, QuestionReasonDto, StrategyDto};

    /// Checks a set against the names in the core, in JSON and in the document.
    fn check<D, C>(all: &[(&str, D)], name_in_core: impl Fn(C) -> &'static str)
    where
        D: Copy + serde::Serialize + ToSchema + Into<C>,
    {
        for (name, member) in all {
            assert_eq!(name_in_core((*member).into()), *name);
            assert_eq!(serde_json::to_value(member).unwrap(), *name);
        }
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        let schema = serde_json::to_value(D::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::json!(names));
    }

    #[test]
    fn closed_sets_have_the_names_of_the_core() {
        check(AllocationModeDto::ALL, AllocationMode::as_str);
        check(BreakerStateDto::ALL, BreakerState::as_str);
        check(PurchaseStateDto::ALL, PurchaseState::as_str);
        check(QuestionReasonDto::ALL, QuestionReason::as_str);
        check(StrategyDto::ALL, Strategy::as_str);
        check(ViaDto::ALL, Via::as_str);
    }

    #[test]
    fn name_is_read_in_any_case_and_unknown_one_is_refused() {
        let read = serde_json::from_str::<PurchaseStateDto>;
        assert_eq!(read("\"Unknown\"").unwrap(), PurchaseStateDto::Unknown);
        let error = read("\"lost\"").unwrap_err().to_string();
        let names = "one of intended, dispatched, unknown, succeeded, failed";
        assert!(error.starts_with(names), "{error}");
    }
}
