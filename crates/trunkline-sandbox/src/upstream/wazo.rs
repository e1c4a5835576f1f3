//! Wazo: the phone-number part of confd, and the tokens of auth, on one port.
//!
//! A directory, not a carrier: nothing is on sale, nothing costs anything and nothing is proved. As through the proxy
//! of a stack the services are under `/api/auth/0.1` and `/api/confd/1.1`; as on the stack itself they are also under
//! `/0.1` and `/1.1`. Where Wazo's behaviour isn't known, the comment at that place says what this fake does.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use crate::carrier::{Call, Calls, Carrier, Descriptor};
use crate::credentials::{WAZO_PASSWORD, WAZO_USERNAME};
use crate::exchange::{Answer, Request, Visit};
use crate::provider::Trait;
use crate::routes::{Table, routes};

mod console;
mod error;
mod list;
mod numbers;
mod schema;
mod state;
mod tenants;
mod text;
mod tokens;

use error::{ApiError, Result};
use state::{Context, Session, Wazo};
use tenants::at_and_below;

pub(super) const FAKE: Descriptor = Descriptor {
    name: "wazo",
    make: |options, clock| Box::new(Wazo::new(options, clock)),
    traits: &[
        Trait::NumberIds,
        Trait::TokenEndpoint,
        Trait::OffsetPages,
        Trait::Totals,
        Trait::LocalTimes,
    ],
    offers: |operation| CONFD.offers(operation),
    location: None,
    console: &["label"],
    account: &[("username", WAZO_USERNAME), ("password", WAZO_PASSWORD)],
    example: "",
    login: || format!("user {WAZO_USERNAME}, password {WAZO_PASSWORD}"),
};

type Handler = fn(&Wazo, &Context<'_>) -> Result<Answer>;
type AuthHandler = fn(&Wazo, &Request, &str) -> Result<Answer>;

#[rustfmt::skip]
const CONFD: Table<Handler> = routes![Wazo:
    GET    "phone-numbers"                    list            => list_numbers,
    POST   "phone-numbers"                    register        => register,
    POST   "phone-numbers/ranges"             register_range  => register_range,
    GET    "phone-numbers/main"               get_main        => get_main,
    PUT    "phone-numbers/main"               set_main        => set_main,
    GET    "phone-numbers/{uuid}"             get             => get_number,
    PUT    "phone-numbers/{uuid}"             update          => update_number,
    DELETE "phone-numbers/{uuid}"             release         => release_number,
    GET    "users/{user}/callerids/outgoing"  list_caller_ids => list_caller_ids,
];

/// The routes of auth, below its version. They take the arguments of the path.
#[rustfmt::skip]
const AUTH: Table<AuthHandler> = routes![Wazo:
    POST   "token"      authenticate => create_token,
    GET    "token/{id}" other        => check_token,
    DELETE "token/{id}" other        => revoke_token,
];

/// A request line taken apart.
struct Line<'r> {
    /// `GET` for a `HEAD`: they reach the same places.
    method: &'r str,
    /// Whether confd is asked, and not auth.
    confd: bool,
    /// The path below the version of the service.
    below: &'r str,
    /// What the links of an answer begin with.
    origin: String,
}

impl<'r> Line<'r> {
    /// `None` if the path is not below a service.
    fn of(request: &'r Request) -> Option<Self> {
        let method = match request.method.as_str() {
            "HEAD" => "GET",
            other => other,
        };
        let services = [
            ("/api/confd/1.1/", true),
            ("/api/auth/0.1/", false),
            ("/1.1/", true),
            ("/0.1/", false),
        ];
        let mut services = services.into_iter();
        let (below, confd) = services
            .find_map(|(prefix, confd)| Some((request.path.strip_prefix(prefix)?, confd)))?;
        // The proxy asks confd at `localhost`, and confd believes it.
        let origin = if request.path.starts_with("/api/") {
            "https://localhost/api/confd/1.1".to_owned()
        } else {
            let host = request.header("host").unwrap_or("localhost");
            format!("http://{host}/1.1")
        };
        Some(Self {
            method,
            confd,
            below,
            origin,
        })
    }

    /// The methods of the path, as a refusal of another one lists them; `None` if the path is not known.
    fn allowed(&self) -> Option<String> {
        let mut methods: Vec<_> = if self.confd {
            CONFD
                .methods(CONFD.find(self.method, self.below).path?)
                .collect()
        } else {
            AUTH.methods(AUTH.find(self.method, self.below).path?)
                .collect()
        };
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        methods.sort_unstable();
        Some(methods.join(", "))
    }

    /// The right that confd asks for: `confd.phone-numbers.create`.
    fn right(&self) -> String {
        let verb = match self.method {
            "POST" => "create",
            "PUT" => "update",
            "DELETE" => "delete",
            _ => "read",
        };
        let resource = self.below.trim_end_matches("/ranges").replace('/', ".");
        format!("confd.{resource}.{verb}")
    }
}

impl Wazo {
    /// The framework looks for the route and the method before anybody is asked for a token.
    fn try_answer<'r>(&self, request: &'r Request, visit: Visit<'r>) -> Result<Answer> {
        let line = Line::of(request).ok_or_else(ApiError::no_route)?;
        let allowed = line.allowed().ok_or_else(ApiError::no_route)?;
        if request.method == Method::OPTIONS {
            return Ok(options(&allowed));
        }
        let wrong_method = || ApiError::method(allowed.clone());
        if !line.confd {
            let found = AUTH.find(line.method, line.below);
            let route = found.route.ok_or_else(wrong_method)?;
            let token = found.args.first().copied().unwrap_or_default();
            return (route.handler)(self, request, token);
        }
        let found = CONFD.find(line.method, line.below);
        let route = found.route.ok_or_else(wrong_method)?;
        let context = &Context {
            request,
            visit,
            args: found.args,
            caller: Session {
                tenant: self.admit(request, &line.right())?,
                origin: line.origin,
            },
        };
        (route.handler)(self, context)
    }

    /// Lets a request in that has a token with the right in the tenant it names; returns that tenant. Whatever is
    /// missing, it is a 401: the texts differ, and all of them show the token.
    fn admit(&self, request: &Request, right: &str) -> Result<&'static str> {
        let text = request.header("x-auth-token").unwrap_or_default();
        let named = request.header("wazo-tenant");
        let token = self.live_token(&mut self.lock(), text);
        let login = token.ok_or_else(|| ApiError::token(text, right))?.login;
        let mut reached = at_and_below(login.tenant);
        let tenant = match named {
            None => Some(login.tenant),
            Some(named) => reached.find(|tenant| *tenant == named),
        };
        let tenant = tenant.filter(|_| tenants::grants(login.acl, right));
        tenant.ok_or_else(|| ApiError::right(text, right, named))
    }
}

impl Calls for Wazo {}

impl Carrier for Wazo {
    /// A stack has one pool of threads: limits are for all of its tenants together.
    fn classify<'r>(&self, request: &'r Request) -> Call<'r> {
        let operation = Line::of(request).map_or("other", |line| match line.confd {
            true => CONFD.find(line.method, line.below).operation(),
            false => match AUTH.find(line.method, line.below).operation() {
                "authenticate" if tokens::has_refresh_token(request) => "refresh_token",
                operation => operation,
            },
        });
        Call {
            operation,
            account: "",
        }
    }

    fn answer(&self, request: &Request, visit: Visit<'_>) -> Answer {
        self.try_answer(request, visit)
            .unwrap_or_else(|error| error.answer(self.clock.now()))
    }

    fn numbers_written(&self, request: &Request) -> usize {
        numbers::size(request)
    }

    fn dead_grant(&self) -> Option<Answer> {
        Some(tokens::refused_login().answer(self.clock.now()))
    }

    fn failure(&self, status: StatusCode) -> Answer {
        ApiError::usual(status).answer(self.clock.now())
    }

    fn finish(&self, answer: &mut Answer, _in_flight: u32, _took: Duration) {
        for (name, value) in PROXY {
            let header = answer.headers.entry(HeaderName::from_static(name));
            header.or_insert(HeaderValue::from_static(value));
        }
    }
}

/// What the framework below both services answers about a place's methods, to everybody.
fn options(allowed: &str) -> Answer {
    let mut answer = Answer::with_body(StatusCode::OK, "text/html; charset=utf-8", "");
    answer.set(header::ALLOW, allowed);
    answer
}

/// Headers that the proxy puts on every answer.
const PROXY: [(&str, &str); 3] = [
    ("server", "nginx/1.18.0"),
    ("access-control-allow-origin", "*"),
    ("strict-transport-security", "max-age=31536000"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn confd(path: &'static str) -> Option<&'static str> {
        CONFD.find("GET", path).path
    }

    fn auth(path: &'static str) -> Option<&'static str> {
        AUTH.find("GET", path).path
    }

    #[test]
    fn fixed_words_are_not_mistaken_for_uuids() {
        for path in ["phone-numbers/main", "phone-numbers/ranges"] {
            assert_eq!(confd(path), Some(path));
        }
    }

    #[test]
    fn invalid_uuid_and_trailing_slash_match_no_route() {
        for path in [
            "phone-numbers/",
            "phone-numbers/42",
            "phone-numbers/main/",
            "users/me/callerids/outgoing",
            "users/42/callerids/outgoing/",
            "users//callerids/outgoing",
        ] {
            assert_eq!(confd(path), None, "{path}");
        }
        let found = CONFD.find("GET", "users/42/callerids/outgoing");
        assert_eq!(found.args, ["42"]);
    }

    #[test]
    fn token_is_one_segment() {
        assert_eq!(auth("token"), Some("token"));
        assert_eq!(auth("token/x"), Some("token/{id}"));
        for path in ["token/", "token/x/scopes", "tokens", "users"] {
            assert_eq!(auth(path), None, "{path}");
        }
    }

    #[test]
    fn right_names_its_resource_and_action() {
        let right = |method: Method, path: &str| {
            let request = Request::internal(method, &format!("/1.1/{path}"));
            Line::of(&request).map(|line| (line.right(), line.allowed()))
        };
        let (wanted, allowed) = right(Method::POST, "phone-numbers/ranges").unwrap();
        assert_eq!(wanted, "confd.phone-numbers.create");
        assert_eq!(allowed.as_deref(), Some("OPTIONS, POST"));
        let (wanted, allowed) = right(Method::GET, "phone-numbers/main").unwrap();
        assert_eq!(wanted, "confd.phone-numbers.main.read");
        assert_eq!(allowed.as_deref(), Some("GET, HEAD, OPTIONS, PUT"));
        let (wanted, _) = right(Method::GET, "users/42/callerids/outgoing").unwrap();
        assert_eq!(wanted, "confd.users.42.callerids.outgoing.read");
    }
}
