//! A carrier's OpenAPI document: its operations, and which of them a request is.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::swagger;

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

/// A document, with `OpenAPI` 2 brought into the shape of 3.
#[derive(Debug)]
pub(crate) struct Document {
    /// The whole of it, for references.
    pub(crate) root: Value,
    /// The path of the server that every template hangs from, without a trailing slash.
    base: String,
    pub(crate) operations: Vec<Operation>,
}

/// One method of one path.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The document's name for it, or method and template.
    pub(crate) id: String,
    method: String,
    template: Vec<String>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<RequestBody>,
    /// By status (`404`, `4XX`, `default`).
    responses: BTreeMap<String, Content>,
}

/// Schemas by media type.
pub(crate) type Content = BTreeMap<String, Value>;

/// What is sent along with a request.
#[derive(Debug)]
pub(crate) struct RequestBody {
    pub(crate) required: bool,
    pub(crate) content: Content,
}

/// A parameter that stands in the path, the query or a header.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// `path`, `query`, `header` or `cookie`.
    pub(crate) place: String,
    pub(crate) required: bool,
    /// Whether each element of an array is a parameter of its own, and not all of them one with commas.
    pub(crate) explode: bool,
    pub(crate) schema: Value,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// If it is no JSON, or no OpenAPI document of version 2 or 3.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let root: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let root = match (root["swagger"].as_str(), root["openapi"].as_str()) {
            (Some("2.0"), _) => swagger::upgrade(root),
            (_, Some(version)) if version.starts_with("3.") => root,
            _ => return Err("it is no OpenAPI document of version 2 or 3".to_owned()),
        };
        let mut document = Self {
            base: base(root["servers"][0]["url"].as_str().unwrap_or_default()),
            operations: Vec::new(),
            root,
        };
        document.operations = document.read_operations();
        Ok(document)
    }

    fn read_operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (path, item) in self.root["paths"].as_object().into_iter().flatten() {
            for method in METHODS {
                if let Some(operation) = item.get(method) {
                    operations.push(self.read_operation((method, path), item, operation));
                }
            }
        }
        operations
    }

    fn read_operation(
        &self,
        (method, path): (&str, &str),
        item: &Value,
        operation: &Value,
    ) -> Operation {
        let lists = [&operation["parameters"], &item["parameters"]];
        let parameters = lists.into_iter().filter_map(Value::as_array).flatten();
        let method = method.to_uppercase();
        let id = operation["operationId"].as_str();
        let responses = operation["responses"].as_object().into_iter().flatten();
        Operation {
            id: id.map_or_else(|| format!("{method} {path}"), str::to_owned),
            method,
            template: segments(path),
            parameters: parameters
                .map(|parameter| read_parameter(self.resolve(parameter)))
                .collect(),
            body: operation.get("requestBody").map(|body| {
                let body = self.resolve(body);
                RequestBody {
                    required: body["required"] == true,
                    content: content(body),
                }
            }),
            responses: responses
                .map(|(status, response)| (status.clone(), content(self.resolve(response))))
                .collect(),
        }
    }

    /// What a reference leads to; anything else is itself.
    pub(crate) fn resolve<'v>(&'v self, mut value: &'v Value) -> &'v Value {
        // A reference to a reference is legal; a circle of them is not, and ends here.
        for _ in 0..8 {
            let target = value["$ref"].as_str().and_then(|at| at.strip_prefix('#'));
            match target.and_then(|pointer| self.root.pointer(pointer)) {
                Some(target) => value = target,
                None => break,
            }
        }
        value
    }

    /// The operation that a request is, with its path parameters, decoded. Where several fit, it is the one with the
    /// most literal segments: `/numbers/main` before `/numbers/{id}`.
    pub(crate) fn find(
        &self,
        method: &str,
        path: &str,
    ) -> Option<(&Operation, Vec<(String, String)>)> {
        let path = segments(path.strip_prefix(&self.base)?);
        let fitting = self
            .operations
            .iter()
            .filter(|operation| operation.method == method)
            .filter_map(|operation| Some((operation, operation.arguments(&path)?)));
        fitting.min_by_key(|(_, arguments)| arguments.len())
    }
}

impl Operation {
    /// The values of the path's parameters, if the path fits at all.
    fn arguments(&self, path: &[String]) -> Option<Vec<(String, String)>> {
        if self.template.len() != path.len() {
            return None;
        }
        let mut arguments = Vec::new();
        for (template, segment) in self.template.iter().zip(path) {
            let parts = template
                .split_once('{')
                .and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
            let Some((before, (name, after))) = parts else {
                if template == segment {
                    continue;
                }
                return None;
            };
            let value = segment.strip_prefix(before)?.strip_suffix(after)?;
            if value.is_empty() {
                return None;
            }
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            arguments.push((name.to_owned(), value));
        }
        Some(arguments)
    }

    /// What an answer of this status may contain; `None` if the document does not speak of that status.
    pub(crate) fn response(&self, status: u16) -> Option<&Content> {
        let exact = status.to_string();
        let range = format!("{}XX", status / 100);
        [exact.as_str(), &range, "default"]
            .into_iter()
            .find_map(|key| self.responses.get(key))
    }
}

fn read_parameter(parameter: &Value) -> Parameter {
    let text = |member: &str| parameter[member].as_str().unwrap_or_default().to_owned();
    Parameter {
        name: text("name"),
        place: text("in"),
        required: parameter["required"] == true,
        explode: parameter["explode"].as_bool().unwrap_or(true),
        schema: parameter
            .get("schema")
            .cloned()
            .unwrap_or(Value::Bool(true)),
    }
}

fn content(owner: &Value) -> Content {
    let content = owner["content"].as_object().map(Map::iter);
    content
        .into_iter()
        .flatten()
        .map(|(media, entry)| {
            let schema = entry.get("schema").cloned().unwrap_or(Value::Bool(true));
            (media.clone(), schema)
        })
        .collect()
}

/// The path of a server's address, which may be relative or have variables in its host.
fn base(url: &str) -> String {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => url,
    };
    path.trim_end_matches('/').to_owned()
}

fn segments(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}
