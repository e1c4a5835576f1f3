//! The table of a fake's routes: what is answered where, under which name of an operation, and by which function.

use crate::text::{is_digits, is_uuid};

#[derive(Debug)]
pub(crate) struct Route<H: 'static> {
    pub(crate) method: &'static str,
    /// Segments of a path. `{}` takes any segment, `{id}` one that is not empty, `{uuid}` a UUID, `{user}` a UUID or a
    /// number, `(a|b)` one of these; what they take are the arguments of the request.
    pub(crate) path: &'static str,
    /// One of [`crate::OPERATIONS`].
    pub(crate) operation: &'static str,
    pub(crate) handler: H,
}

/// All routes of a fake. Of several paths that fit the first one counts, with all its methods.
#[derive(Debug)]
pub(crate) struct Table<H: 'static>(pub(crate) &'static [Route<H>]);

/// Makes a [`Table`] whose rows are `METHOD "path" operation => method of the fake`.
macro_rules! routes {
    ($fake:ty: $($method:ident $path:literal $operation:ident => $handler:ident,)*) => {
        $crate::routes::Table(&[$($crate::routes::Route {
            method: stringify!($method),
            path: $path,
            operation: stringify!($operation),
            handler: <$fake>::$handler,
        }),*])
    };
}
pub(crate) use routes;

#[derive(Debug)]
pub(crate) struct Found<'r, H: 'static> {
    /// Nothing if the path is not known, or not with this method.
    pub(crate) route: Option<&'static Route<H>>,
    /// The path in the table, if there is one that fits.
    pub(crate) path: Option<&'static str>,
    pub(crate) args: Vec<&'r str>,
}

impl<H> Found<'_, H> {
    /// The name of the operation: `other` if there is no route.
    pub(crate) fn operation(&self) -> &'static str {
        self.route.map_or("other", |route| route.operation)
    }
}

impl<H> Table<H> {
    pub(crate) fn find<'r>(&self, method: &str, path: &'r str) -> Found<'r, H> {
        let mut found = Found {
            route: None,
            path: None,
            args: Vec::new(),
        };
        // The methods of a path stand together.
        let mut tried = "";
        for route in self.0 {
            if found.path.is_none()
                && route.path != tried
                && let Some(args) = arguments(route.path, path)
            {
                (found.path, found.args) = (Some(route.path), args);
            }
            tried = route.path;
            if found.path == Some(route.path) && route.method == method {
                found.route = Some(route);
                break;
            }
        }
        found
    }

    pub(crate) fn offers(&self, operation: &str) -> bool {
        self.0.iter().any(|route| route.operation == operation)
    }

    pub(crate) fn methods(&self, path: &str) -> impl Iterator<Item = &'static str> {
        let of_path = self.0.iter().filter(move |route| route.path == path);
        of_path.map(|route| route.method)
    }
}

/// What a path has at the variable segments of a pattern, if it fits.
fn arguments<'r>(pattern: &str, path: &'r str) -> Option<Vec<&'r str>> {
    let mut args = Vec::new();
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        let alternatives = wanted
            .strip_prefix('(')
            .and_then(|all| all.strip_suffix(')'));
        let fits = match (wanted, alternatives) {
            (_, Some(all)) => all.split('|').any(|one| one == segment),
            ("{}", _) => true,
            ("{id}", _) => !segment.is_empty(),
            ("{uuid}", _) => is_uuid(segment),
            ("{user}", _) => is_uuid(segment) || (!segment.is_empty() && is_digits(segment)),
            (literal, None) if literal == segment => continue,
            _ => false,
        };
        if !fits {
            return None;
        }
        args.push(segment);
    }
    segments.next().is_none().then_some(args)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table<()> = Table(&[
        row("GET", "numbers"),
        row("GET", "numbers/search"),
        row("GET", "numbers/{id}"),
        row("PUT", "numbers/{id}"),
        row("GET", "(a|b)/{}/all"),
        row("GET", "users/{user}"),
    ]);

    const fn row(method: &'static str, path: &'static str) -> Route<()> {
        Route {
            method,
            path,
            operation: "list",
            handler: (),
        }
    }

    fn found(method: &str, path: &'static str) -> (Option<&'static str>, Vec<&'static str>, bool) {
        let found = TABLE.find(method, path);
        (found.path, found.args, found.route.is_some())
    }

    #[test]
    fn first_path_that_fits_is_taken_with_its_arguments() {
        assert_eq!(found("GET", "numbers"), (Some("numbers"), vec![], true));
        assert_eq!(
            found("GET", "numbers/search"),
            (Some("numbers/search"), vec![], true)
        );
        assert_eq!(
            found("PUT", "numbers/17"),
            (Some("numbers/{id}"), vec!["17"], true)
        );
        assert_eq!(
            found("GET", "b//all"),
            (Some("(a|b)/{}/all"), vec!["b", ""], true)
        );
        assert_eq!(found("GET", "c/x/all"), (None, vec![], false));
        assert_eq!(found("GET", "numbers/"), (None, vec![], false));
        assert_eq!(found("GET", "numbers/17/more"), (None, vec![], false));
        assert_eq!(found("GET", "users/x"), (None, vec![], false));
        assert!(found("GET", "users/42").2);
    }

    #[test]
    fn method_of_another_path_is_not_borrowed() {
        assert!(!found("PUT", "numbers/search").2);
        let methods: Vec<_> = TABLE.methods("numbers/{id}").collect();
        assert_eq!(methods, ["GET", "PUT"]);
    }
}
