#![doc = include_str!("../README.md")]

use proc_macro::{TokenStream, TokenTree};

/// Makes nothing; `utoipa::ToSchema` makes a schema.
#[proc_macro_derive(ToSchema, attributes(schema))]
pub fn to_schema(_item: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// Makes nothing; `utoipa::IntoParams` makes the parameters of a route.
#[proc_macro_derive(IntoParams, attributes(into_params, param))]
pub fn into_params(_item: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// Adds a module with the handler's name, in which `ROUTE` is its method and its path: `path(get, path = "/v1/numbers", ..)`.
/// `utoipa::path` makes the operation.
#[proc_macro_attribute]
pub fn path(attributes: TokenStream, handler: TokenStream) -> TokenStream {
    let attributes: Vec<TokenTree> = attributes.into_iter().collect();
    let method = attributes.first().map(ToString::to_string);
    let method = method.unwrap_or_default().to_uppercase();
    let path = after(&attributes, "path", 2).unwrap_or_default();
    let tokens: Vec<TokenTree> = handler.clone().into_iter().collect();
    let name = after(&tokens, "fn", 1).unwrap_or_default();
    let route = format!(
        "pub(crate) mod {name} {{
            use axum::routing::MethodFilter;

            pub(crate) const ROUTE: (MethodFilter, &str) = (MethodFilter::{method}, {path});
        }}"
    );
    let mut made = handler;
    made.extend(route.parse::<TokenStream>());
    made
}

/// The token that many places after a word.
fn after(tokens: &[TokenTree], word: &str, places: usize) -> Option<String> {
    let at = tokens.iter().position(|token| token.to_string() == word)?;
    tokens.get(at + places).map(ToString::to_string)
}
