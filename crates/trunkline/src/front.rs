//! The library in one type: [`Trunkline`].

/// Makes a list of a type that has one beside other fields: a slice by reference, an iterator by value.
macro_rules! list_of {
    ($list:ty: $field:ident, $item:ty) => {
        impl std::ops::Deref for $list {
            type Target = [$item];

            fn deref(&self) -> &[$item] {
                &self.$field
            }
        }

        impl IntoIterator for $list {
            type Item = $item;
            type IntoIter = std::vec::IntoIter<$item>;

            fn into_iter(self) -> Self::IntoIter {
                self.$field.into_iter()
            }
        }
    };
}

mod builder;
mod buy;
mod inventory;
mod list;
mod search;
mod trunkline;

pub use builder::Builder;
pub use buy::{Bought, Buy, Criteria, Held, Order};
pub use inventory::ListInventory;
pub use list::{ListNumbers, Numbers};
pub use search::{Offer, Offers, Search};
pub use trunkline::Trunkline;
