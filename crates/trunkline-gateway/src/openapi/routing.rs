//! Where calls and messages go.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use trunkline_core::ProviderData;
use utoipa::openapi::schema::{Discriminator, Object, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{ObjectBuilder, Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// Where a call or message to a number goes: `Routing` of the core, described for the API's document.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
enum Described {
    /// Nowhere.
    None,
    /// A URL that says what to do.
    Webhook {
        /// The URL.
        #[schema(examples("https://voice.example.com/in"))]
        url: Option<String>,
        /// `GET` or `POST` (default `POST`; read in either case).
        #[schema(examples("POST"))]
        method: Option<&'static str>,
        /// URL to use if `url` fails.
        fallback_url: Option<String>,
        /// Method of `fallback_url`.
        fallback_method: Option<&'static str>,
        /// URL that gets the outcome.
        status_callback_url: Option<String>,
        /// Method of `status_callback_url`.
        status_callback_method: Option<&'static str>,
    },
    /// An application at the carrier.
    Application {
        /// The carrier's id of it.
        #[schema(examples("AP00000000000000000000000000000001"))]
        id: String,
    },
    /// A SIP endpoint at the carrier.
    SipEndpoint {
        /// The carrier's id of it.
        id: String,
    },
    /// A SIP trunk at the carrier.
    Trunk {
        /// The carrier's id of it.
        id: String,
    },
    /// Groups of people.
    Group {
        /// The carrier's ids of them.
        ids: Vec<String>,
    },
    /// A voice menu.
    Ivr {
        /// The carrier's id of it.
        id: String,
    },
    /// A handler of the carrier's own.
    Provider {
        /// The carrier's name of the handler.
        handler: String,
        /// The handler's fields.
        #[serde(default)]
        #[schema(value_type = Object)]
        options: ProviderData,
    },
}

/// The schema of a routing: one schema for each `type`, so that generated clients have a type for each.
pub(crate) enum AnyRouting {}

impl PartialSchema for AnyRouting {
    fn schema() -> RefOr<Schema> {
        let places = kinds().map(|(kind, _)| (kind.clone(), Ref::from_schema_name(name(&kind))));
        let places: Vec<(String, Ref)> = places.collect();
        let mapping = places
            .iter()
            .map(|(kind, place)| (kind.clone(), place.ref_location.clone()));
        let discriminator = Discriminator::with_mapping("type", mapping);
        let one_of = OneOfBuilder::new()
            .description(Some("Where a call or message to a number goes."))
            .discriminator(Some(discriminator));
        let all = places
            .into_iter()
            .fold(one_of, |all, (_, place)| all.item(place));
        all.into()
    }
}

impl ToSchema for AnyRouting {
    fn name() -> Cow<'static, str> {
        "Routing".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(kinds().map(|(kind, schema)| (name(&kind), schema.into())));
    }
}

/// The schema of a change to a routing: the members of all kinds, each of which may be unset.
pub(crate) enum RoutingPatch {}

impl PartialSchema for RoutingPatch {
    fn schema() -> RefOr<Schema> {
        let mut names = Vec::new();
        let mut members = BTreeMap::<String, RefOr<Schema>>::new();
        for (kind, schema) in kinds() {
            names.push(kind);
            let own = schema.properties.into_iter();
            members.extend(own.map(|(name, member)| (name, nullable(member))));
        }
        names.sort();
        let kind = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(names));
        members.insert("type".to_owned(), kind.into());
        let patch = ObjectBuilder::new().description(Some(
            "Changes to a routing, merged into what there is: all of one type, unless `type` changes, which starts anew.",
        ));
        let add = |patch: ObjectBuilder, (name, member)| patch.property(name, member);
        members.into_iter().fold(patch, add).into()
    }
}

impl ToSchema for RoutingPatch {}

/// The kinds of routing with their schemas.
fn kinds() -> impl Iterator<Item = (String, Object)> {
    let kinds = match Described::schema() {
        RefOr::T(Schema::OneOf(all)) => all.items,
        _ => Vec::new(),
    };
    kinds.into_iter().filter_map(|kind| {
        let RefOr::T(Schema::Object(schema)) = kind else {
            return None;
        };
        let Some(RefOr::T(Schema::Object(kind))) = schema.properties.get("type") else {
            return None;
        };
        let kind = kind.enum_values.as_ref()?.first()?.as_str()?;
        Some((kind.to_owned(), schema))
    })
}

/// The name of a kind's schema: `RoutingSipEndpoint` for `sip_endpoint`.
fn name(kind: &str) -> String {
    let words = kind.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    format!("Routing{}", words.collect::<String>())
}

/// The same member, or null, which unsets it.
fn nullable(mut member: RefOr<Schema>) -> RefOr<Schema> {
    let kind = match &mut member {
        RefOr::T(Schema::Object(member)) => Some(&mut member.schema_type),
        RefOr::T(Schema::Array(member)) => Some(&mut member.schema_type),
        _ => None,
    };
    if let Some(kind) = kind
        && let SchemaType::Type(only) = kind
    {
        *kind = SchemaType::Array(vec![only.clone(), Type::Null]);
    }
    member
}
