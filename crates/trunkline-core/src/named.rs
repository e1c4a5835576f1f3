//! Closed sets of names.

/// An enum whose members have names: `ALL` of them in order, `as_str`, `Display`, and the same names in JSON.
///
/// ```
/// trunkline_core::named_enum! {
///     /// How far something has come.
///     #[derive(Default)]
///     Progress {
///         /// It is under way.
///         #[default]
///         Running = "running",
///         /// It is over.
///         Done = "done",
///     }
/// }
/// assert_eq!(Progress::ALL.map(Progress::as_str), ["running", "done"]);
/// ```
#[macro_export]
macro_rules! named_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every member, in order.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            /// The name used in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
