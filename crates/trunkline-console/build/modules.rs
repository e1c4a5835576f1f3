//! Puts JavaScript modules together: each becomes a function that is called once, after the modules that it imports.
//!
//! It reads the subset of the language in which the console is written: an `import` begins a line and stands before
//! everything else, and an `export` names a declaration, a list, or the list of another module. Anything else is an
//! error of the build, never a broken page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::Outcome;

/// The modules that are done, by path, with the name of what they export.
#[derive(Default)]
struct Bundle {
    names: BTreeMap<PathBuf, String>,
    /// Modules being read, to find circles.
    under_way: Vec<PathBuf>,
    script: String,
}

/// The script of a module and of everything that it imports.
pub(crate) fn bundle(folder: &Path, entry: &str) -> Outcome<String> {
    let mut bundle = Bundle::default();
    bundle.add(&folder.join(entry))?;
    Ok(bundle.script)
}

impl Bundle {
    /// Adds a module unless it is there, and says by which name its exports are known.
    fn add(&mut self, path: &Path) -> Outcome<String> {
        if let Some(name) = self.names.get(path) {
            return Ok(name.clone());
        }
        let shown = path.display();
        if self.under_way.iter().any(|other| other == path) {
            return Err(format!("{shown} imports itself, by way of others").into());
        }
        self.under_way.push(path.to_owned());
        let text = fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
        let module = self.module(path, &text)?;
        self.under_way.pop();
        let name = format!("m{}", self.names.len());
        writeln!(self.script, "const {name} = (() => {{\n{module}}})();")?;
        self.names.insert(path.to_owned(), name.clone());
        Ok(name)
    }

    /// The body of a module's function.
    fn module(&mut self, path: &Path, text: &str) -> Outcome<String> {
        let (mut body, mut exports) = (String::new(), Vec::new());
        for line in text.lines() {
            let mut line = line;
            // Vendored files have the rest of the module behind the import, on the same line.
            while let Some((names, from, rest)) = import(line) {
                let module = self.add(&beside(path, from))?;
                writeln!(body, "const {} = {module};", imported(names))?;
                line = rest;
            }
            body.push_str(&self.without_exports(path, line, &mut exports)?);
            body.push('\n');
        }
        writeln!(body, "return {{ {} }};", exports.join(", "))?;
        Ok(body)
    }

    /// A line without its `export`, whose names are added to `exports`.
    fn without_exports(
        &mut self,
        path: &Path,
        line: &str,
        exports: &mut Vec<String>,
    ) -> Outcome<String> {
        // Minified modules have their exports behind everything else.
        if let Some((before, declared)) = line.rsplit_once("export default ")
            && ends_statement(before)
        {
            exports.push("default: exported".to_owned());
            return Ok(format!("{before}const exported = {declared};"));
        }
        if let Some((before, list)) = line
            .rsplit_once("export{")
            .or_else(|| line.rsplit_once("export {"))
            && ends_statement(before)
            && let Some((names, from)) = list.split_once('}')
        {
            let from = from.trim_matches([' ', ';']).strip_prefix("from");
            let module = match from {
                Some(from) => Some(self.add(&beside(path, from.trim_matches([' ', '"'])))?),
                None => None,
            };
            for name in names
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
            {
                let (own, known) = name.split_once(" as ").unwrap_or((name, name));
                let own = module
                    .as_ref()
                    .map_or_else(|| own.to_owned(), |module| format!("{module}.{own}"));
                exports.push(format!("{known}: {own}"));
            }
            return Ok(before.to_owned());
        }
        let Some(declared) = line.strip_prefix("export ") else {
            if line.starts_with("import")
                || line.starts_with("export")
                || line.contains(";export")
                || line.contains("}export")
            {
                return Err(format!("{}: can't be read: {line}", path.display()).into());
            }
            return Ok(line.to_owned());
        };
        let words = declared.trim_start_matches("async ");
        let name = ["const ", "function ", "class "]
            .iter()
            .find_map(|kind| words.strip_prefix(kind));
        let name = name.ok_or_else(|| format!("{}: unknown export: {line}", path.display()))?;
        let ends = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
        exports.push(name.split(ends).next().unwrap_or_default().to_owned());
        Ok(declared.to_owned())
    }
}

/// `import { a, b as c } from "./x.js";rest` as what is imported, from where, and the rest.
fn import(line: &str) -> Option<(&str, &str, &str)> {
    let names = line.strip_prefix("import")?;
    let names = names
        .strip_prefix(' ')
        .or_else(|| names.starts_with('{').then_some(names))?;
    let (names, rest) = names.split_once("from")?;
    let (from, rest) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    Some((names.trim(), from, rest.strip_prefix(';')?))
}

/// Whether what comes after this text is a statement of its own.
fn ends_statement(before: &str) -> bool {
    before.is_empty() || before.ends_with([';', '}'])
}

/// The names of an import as those of a declaration.
fn imported(names: &str) -> String {
    if names.starts_with('{') {
        names.replace(" as ", ": ")
    } else {
        format!("{{ default: {names} }}")
    }
}

/// The path of what a module names, relative to itself.
fn beside(path: &Path, named: &str) -> PathBuf {
    let mut found = path.parent().map(Path::to_owned).unwrap_or_default();
    for part in Path::new(named).components() {
        match part {
            Component::ParentDir => drop(found.pop()),
            Component::Normal(name) => found.push(name),
            _ => {}
        }
    }
    found
}
