//! Objects as Twilio writes them: members may be missing or unknown, and may even come twice.

/// A document: its name, and of each member the name here, the name there and the type. Of a member that
/// comes twice the last one counts, where a derived reader would refuse the whole. After `..` the name here of what is
/// kept of all other members, but for those that say nothing of interest.
macro_rules! document {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($member:ident $key:literal: $kind:ty,)+
            $(.. $rest:ident $(but $($idle:literal)|+)?)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub(crate) struct $name<'a> {
            $(pub(crate) $member: $kind,)+
            $(pub(crate) $rest: trunkline_http::Unnamed<'a>,)?
        }

        impl<'de: 'a, 'a> serde::Deserialize<'de> for $name<'a> {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Reader<'a>(std::marker::PhantomData<$name<'a>>);

                impl<'de: 'a, 'a> serde::de::Visitor<'de> for Reader<'a> {
                    type Value = $name<'a>;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<Self::Value, A::Error> {
                        let mut found = $name::default();
                        while let Some(key) = map.next_key::<Text<'de>>()? {
                            match key.get() {
                                $(Some($key) => found.$member = map.next_value()?,)+
                                $($(Some($($idle)|+) => {
                                    map.next_value::<serde::de::IgnoredAny>()?;
                                })?)?
                                _ => unnamed!(found, map, key $(, $rest)?),
                            }
                        }
                        Ok(found)
                    }
                }

                from.deserialize_map(Reader(std::marker::PhantomData))
            }
        }
    };
}

/// What becomes of a member without a name here.
macro_rules! unnamed {
    ($found:ident, $map:ident, $key:ident) => {{
        $map.next_value::<serde::de::IgnoredAny>()?;
    }};
    ($found:ident, $map:ident, $key:ident, $rest:ident) => {{
        let value = $map.next_value()?;
        $found
            .$rest
            .keep($key.into_string().unwrap_or_default(), value);
    }};
}
