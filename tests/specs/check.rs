//! A request and its answer held against the document.

use serde_json::{Map, Value};

use super::document::{Content, Document, Operation, Parameter};
use super::message::{Body, Exchange, Request, Response, media_type};
use super::schema::{Direction, Schemas};

/// Something that is not as the document has it.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// The operation, or method and path where the document has none.
    pub(crate) operation: String,
    /// A JSON pointer: `/request/query/PageSize`, `/response/body/numbers/0/id`.
    pub(crate) pointer: String,
    /// What is wrong, about "it".
    pub(crate) problem: String,
    /// What is there.
    pub(crate) found: Value,
}

/// What came of one exchange.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) operation: Option<String>,
    pub(crate) answer: Answer,
    pub(crate) findings: Vec<Finding>,
}

/// What could be done about an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// The document says what such an answer holds.
    Checked,
    /// The document does not know the status.
    Undocumented,
    /// It is not meant to be read, or there is no such operation.
    #[default]
    Ignored,
}

/// Holds messages against one document.
#[derive(Debug)]
pub(crate) struct Checker<'d> {
    document: &'d Document,
    schemas: Schemas<'d>,
}

impl<'d> Checker<'d> {
    pub(crate) fn new(document: &'d Document) -> Self {
        Self {
            document,
            schemas: Schemas::new(document),
        }
    }

    /// Checks a request, and the answer to it if that is meant to be read.
    ///
    /// # Errors
    /// If a schema of the document is none.
    pub(crate) fn exchange(&self, exchange: &Exchange, readable: bool) -> Result<Outcome, String> {
        let request = &exchange.request;
        let Some((operation, arguments)) = self.document.find(&request.method, &request.path)
        else {
            let found = format!("{} {}", request.method, request.path);
            let finding = Finding {
                operation: found.clone(),
                pointer: "/request/path".to_owned(),
                problem: "it is no operation of the document".to_owned(),
                found: Value::from(found),
            };
            return Ok(Outcome {
                findings: vec![finding],
                ..Outcome::default()
            });
        };
        let mut findings = Findings {
            operation: &operation.id,
            schemas: &self.schemas,
            all: Vec::new(),
        };
        findings.parameters(operation, request, &arguments)?;
        findings.request_body(operation, request)?;
        let documented = operation.response(exchange.response.status);
        let answer = match documented {
            Some(content) if readable => {
                findings.response(content, &exchange.response)?;
                Answer::Checked
            }
            None if readable => Answer::Undocumented,
            _ => Answer::Ignored,
        };
        Ok(Outcome {
            operation: Some(operation.id.clone()),
            answer,
            findings: findings.all,
        })
    }
}

/// What is found about one exchange.
struct Findings<'f, 'd> {
    operation: &'f str,
    schemas: &'f Schemas<'d>,
    all: Vec<Finding>,
}

impl Findings<'_, '_> {
    fn add(&mut self, pointer: String, problem: impl Into<String>, found: Value) {
        self.all.push(Finding {
            operation: self.operation.to_owned(),
            pointer,
            problem: problem.into(),
            found,
        });
    }

    fn value(
        &mut self,
        at: &str,
        (schema, value): (&Value, &Value),
        direction: Direction,
    ) -> Result<(), String> {
        for mismatch in self.schemas.check(schema, value, direction)? {
            let pointer = format!("{at}{}", mismatch.pointer);
            self.add(pointer, mismatch.problem, mismatch.found);
        }
        Ok(())
    }

    fn parameters(
        &mut self,
        operation: &Operation,
        request: &Request,
        arguments: &[(String, String)],
    ) -> Result<(), String> {
        for (place, given) in [
            ("path", arguments),
            ("query", &request.query),
            ("header", &request.headers),
        ] {
            let known = operation.parameters.iter().filter(|p| p.place == place);
            for parameter in known {
                // A fixture names those headers only that it is about.
                self.parameter(parameter, given, place != "header")?;
            }
        }
        for (name, value) in &request.query {
            let mut known = operation.parameters.iter();
            if !known.any(|p| p.place == "query" && p.name == *name) {
                let pointer = format!("/request/query/{name}");
                self.add(
                    pointer,
                    "it is no parameter of the operation",
                    Value::from(value.as_str()),
                );
            }
        }
        Ok(())
    }

    fn parameter(
        &mut self,
        parameter: &Parameter,
        given: &[(String, String)],
        complete: bool,
    ) -> Result<(), String> {
        let pointer = format!("/request/{}/{}", parameter.place, parameter.name);
        let is_it = |name: &str| match parameter.place.as_str() {
            "header" => name.eq_ignore_ascii_case(&parameter.name),
            _ => name == parameter.name,
        };
        let values: Vec<&str> = given
            .iter()
            .filter(|(name, _)| is_it(name))
            .map(|(_, value)| value.as_str())
            .collect();
        let schema = &parameter.schema;
        let value = match values.as_slice() {
            [] if parameter.required && complete => {
                self.add(pointer, "it is required", Value::Null);
                return Ok(());
            }
            [] => return Ok(()),
            many if self.schemas.type_of(schema) == "array" => {
                let items = many.iter().flat_map(|text| match parameter.explode {
                    true => vec![*text],
                    false => text.split(',').collect(),
                });
                items
                    .map(|item| self.schemas.coerce(&schema["items"], item))
                    .collect()
            }
            [one] => self.schemas.coerce(schema, one),
            many => many.iter().copied().collect(),
        };
        self.value(&pointer, (schema, &value), Direction::Request)
    }

    fn request_body(&mut self, operation: &Operation, request: &Request) -> Result<(), String> {
        const AT: &str = "/request/body";
        let Some(documented) = &operation.body else {
            if let Body::Json(_) | Body::Text(_) = &request.body {
                self.add(AT.to_owned(), "there is none", body_value(&request.body));
            }
            return Ok(());
        };
        let guessed = match &request.body {
            Body::None if documented.required => {
                self.add(AT.to_owned(), "it is required", Value::Null);
                return Ok(());
            }
            Body::None => return Ok(()),
            Body::Json(_) => "application/json",
            Body::Text(_) => "application/x-www-form-urlencoded",
        };
        let media = media_type(&request.headers).unwrap_or(guessed);
        let Some(schema) = documented.content.get(media) else {
            self.add(
                "/request/header/content-type".to_owned(),
                not_one_of(&documented.content),
                Value::from(media),
            );
            return Ok(());
        };
        let value = match &request.body {
            Body::Text(form) if media.ends_with("urlencoded") => self.form(schema, form),
            body => body_value(body),
        };
        self.value(AT, (schema, &value), Direction::Request)
    }

    /// A form as an object of the schema's types.
    fn form(&self, schema: &Value, form: &str) -> Value {
        let mut object = Map::new();
        for (name, text) in form_urlencoded::parse(form.as_bytes()) {
            let member = self.schemas.member(schema, &name);
            if self.schemas.type_of(member) == "array" {
                let item = self.schemas.coerce(&member["items"], &text);
                let slot = object
                    .entry(name.into_owned())
                    .or_insert(Value::Array(vec![]));
                if let Value::Array(items) = slot {
                    items.push(item);
                }
            } else {
                object.insert(name.into_owned(), self.schemas.coerce(member, &text));
            }
        }
        Value::Object(object)
    }

    fn response(&mut self, content: &Content, response: &Response) -> Result<(), String> {
        let at = "/response/body";
        if content.is_empty() {
            if let Body::Json(_) | Body::Text(_) = &response.body {
                let problem = format!("there is none with status {}", response.status);
                self.add(at.to_owned(), problem, body_value(&response.body));
            }
            return Ok(());
        }
        let guessed = match &response.body {
            Body::None => {
                self.add(at.to_owned(), "it is required", Value::Null);
                return Ok(());
            }
            Body::Json(_) => "application/json",
            Body::Text(_) => "text/plain",
        };
        let media = media_type(&response.headers).unwrap_or(guessed);
        let Some(schema) = content.get(media) else {
            self.add(
                "/response/header/content-type".to_owned(),
                format!("{} with status {}", not_one_of(content), response.status),
                Value::from(media),
            );
            return Ok(());
        };
        let value = body_value(&response.body);
        self.value(at, (schema, &value), Direction::Response)
    }
}

fn body_value(body: &Body) -> Value {
    match body {
        Body::None => Value::Null,
        Body::Json(value) => value.clone(),
        Body::Text(text) => Value::from(text.as_str()),
    }
}

fn not_one_of(content: &Content) -> String {
    let names: Vec<&str> = content.keys().map(String::as_str).collect();
    format!("it is not {}", names.join(" or "))
}
