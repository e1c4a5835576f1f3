//! No file of a crate imports a file that imports it back, directly or over others: what two files share stands in a
//! third one.
//!
//! File A imports file B when a path in A leads to B: `use crate::...`, `use super::...`, or such a path, or one through a
//! child module, in the code. A path is followed through re-exports to the file that has the item. A parent's `mod x;`
//! is no import, but its `pub use x::Item` is. The crate's root, test modules and test files do not count.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Crates that have no circles of files.
const FREE_OF_CIRCLES: &[&str] = &[
    "trunkline",
    "trunkline-admin",
    "trunkline-cli",
    "trunkline-console",
    "trunkline-core",
    "trunkline-engine",
    "trunkline-gateway",
    "trunkline-http",
    "trunkline-sandbox",
    "trunkline-signalwire",
    "trunkline-testkit",
    "trunkline-torture",
    "trunkline-twilio",
    "trunkline-wazo",
    "trunkline-webex",
    "trunkline-zendesk",
];

/// Most re-exports that a path is followed through.
const REEXPORTS_MAX: usize = 8;

/// A module or an item by its segments, for example `["model", "ids"]`; the crate's root is empty.
type Path = Vec<String>;

/// What the code of one file names.
#[derive(Default)]
struct Source {
    /// Paths, each with the module that it is written in.
    paths: Vec<Written>,
    /// What `pub use` and its like give other modules, by name; `*` has several.
    reexports: BTreeMap<String, Vec<Path>>,
}

struct Written {
    module: Path,
    path: Path,
}

/// The files of a crate, by their modules.
struct Crate(BTreeMap<Path, Source>);

impl Crate {
    /// Reads files, given by their path below `src` and their text.
    fn read<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let read = |(file, text): (&str, &str)| {
            let mut module: Path = file
                .trim_end_matches(".rs")
                .split('/')
                .map(str::to_owned)
                .collect();
            if module == ["lib"] || module == ["main"] {
                module.clear();
            }
            let tokens: TokenStream = text.parse().unwrap();
            let mut source = Source::default();
            source.read(&module, tokens);
            (module, source)
        };
        Self(files.into_iter().map(read).collect())
    }

    /// The module of the file that a path leads to; `None` if it leads out of the crate.
    fn file_of(&self, module: &Path, path: &[String], reexports: usize) -> Option<Path> {
        let mut rest = path.iter().peekable();
        let mut file = match path.first()?.as_str() {
            "crate" => Path::new(),
            "self" | "super" => module.clone(),
            child => {
                let file = self.enclosing(module.clone());
                self.child(&file, child)?;
                file
            }
        };
        while let Some(step) = rest.next_if(|s| matches!(s.as_str(), "crate" | "self" | "super")) {
            if step == "super" {
                file.pop();
            }
        }
        file = self.enclosing(file);
        while let Some(child) = rest.peek().and_then(|name| self.child(&file, name)) {
            file = child;
            rest.next();
        }
        let reexported = rest.peek().filter(|_| reexports < REEXPORTS_MAX);
        let found = reexported.and_then(|name| self.reexported(&file, name, reexports + 1));
        Some(found.unwrap_or(file))
    }

    /// The file of an item that this file re-exports under this name.
    fn reexported(&self, file: &Path, name: &str, reexports: usize) -> Option<Path> {
        let source = self.0.get(file)?;
        if let Some(path) = source.reexports.get(name).and_then(|paths| paths.first()) {
            return self.file_of(file, path, reexports);
        }
        let globs = source.reexports.get("*").into_iter().flatten();
        let mut targets = globs.filter_map(|path| self.file_of(file, path, reexports));
        targets.find_map(|target| self.reexported(&target, name, reexports))
    }

    fn child(&self, file: &Path, name: &str) -> Option<Path> {
        let child: Path = file.iter().cloned().chain([name.to_owned()]).collect();
        self.0.contains_key(&child).then_some(child)
    }

    /// The file that a module is in: its own, or that of the module that it is written in.
    fn enclosing(&self, mut module: Path) -> Path {
        while !module.is_empty() && !self.0.contains_key(&module) {
            module.pop();
        }
        module
    }

    fn imports(&self) -> BTreeMap<&Path, BTreeSet<Path>> {
        let files = self.0.iter().filter(|(file, _)| !file.is_empty());
        let imports = files.map(|(file, source)| {
            let paths = source.paths.iter();
            let found = paths.filter_map(|written| self.file_of(&written.module, &written.path, 0));
            (file, found.filter(|found| found != file).collect())
        });
        imports.collect()
    }

    /// The shortest circle, from a file back to itself.
    fn circle(&self) -> Option<String> {
        let imports = self.imports();
        let circles = imports.keys().filter_map(|start| {
            let mut from: BTreeMap<&Path, &Path> = BTreeMap::new();
            let mut next = VecDeque::from([*start]);
            while let Some(file) = next.pop_front() {
                for import in imports.get(file).into_iter().flatten() {
                    if from.contains_key(import) {
                        continue;
                    }
                    from.insert(import, file);
                    next.push_back(import);
                }
            }
            let mut circle = vec![start.join("::")];
            let mut file = *from.get(*start)?;
            while file != *start {
                circle.push(file.join("::"));
                file = from[file];
            }
            circle.push(start.join("::"));
            circle.reverse();
            Some(circle)
        });
        let shortest = circles.min_by_key(Vec::len)?;
        Some(shortest.join(" -> "))
    }
}

impl Source {
    /// Takes in the code of a module, without its test modules.
    fn read(&mut self, module: &Path, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        let mut is_public = false;
        while let [token, after @ ..] = rest {
            rest = after;
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' && is_test(rest) => {
                    rest = without_module(rest);
                }
                TokenTree::Ident(word) if word == "pub" => {
                    is_public = true;
                    if let [TokenTree::Group(scope), after @ ..] = rest
                        && scope.delimiter() == Delimiter::Parenthesis
                    {
                        rest = after;
                    }
                    continue;
                }
                // Not the `use<..>` of what a type captures.
                TokenTree::Ident(word) if word == "use" && !is_punct(rest.first(), '<') => {
                    rest = self.read_use(module, rest, is_public);
                }
                TokenTree::Ident(word) if word == "mod" => {
                    if let [TokenTree::Ident(name), TokenTree::Group(body), after @ ..] = rest {
                        let inner: Path =
                            module.iter().cloned().chain([name.to_string()]).collect();
                        self.read(&inner, body.stream());
                        rest = after;
                    }
                }
                TokenTree::Ident(word) => {
                    let mut path = vec![word.to_string()];
                    while let [
                        TokenTree::Punct(one),
                        TokenTree::Punct(two),
                        TokenTree::Ident(name),
                        after @ ..,
                    ] = rest
                        && (one.as_char(), two.as_char()) == (':', ':')
                    {
                        path.push(name.to_string());
                        rest = after;
                    }
                    if path.len() > 1 {
                        self.add(module, path);
                    }
                }
                TokenTree::Group(group) => self.read(module, group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            is_public = false;
        }
    }

    /// Takes in what stands between `use` and its semicolon, and answers what comes after.
    fn read_use<'t>(
        &mut self,
        module: &Path,
        tokens: &'t [TokenTree],
        is_public: bool,
    ) -> &'t [TokenTree] {
        let mut words = tokens.iter();
        let end = words.position(|token| is_punct(Some(token), ';'));
        let end = end.unwrap_or(tokens.len());
        let mut imports = Vec::new();
        flatten(&Path::new(), &tokens[..end], &mut imports);
        for (name, path) in imports {
            self.add(module, path.clone());
            if is_public {
                self.reexports.entry(name).or_default().push(path);
            }
        }
        &tokens[end..]
    }

    fn add(&mut self, module: &Path, path: Path) {
        let module = module.clone();
        self.paths.push(Written { module, path });
    }
}

/// The paths of a tree as in `use a::{b, c as d};`, each with the name that it gives.
fn flatten(prefix: &Path, tree: &[TokenTree], found: &mut Vec<(String, Path)>) {
    let branches = tree.split(|token| is_punct(Some(token), ','));
    for branch in branches.filter(|branch| !branch.is_empty()) {
        let mut path = prefix.clone();
        let mut name = None;
        let mut words = branch.iter();
        while let Some(token) = words.next() {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    name = words.next().map(ToString::to_string)
                }
                TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Punct(star) if star.as_char() == '*' => name = Some("*".to_owned()),
                TokenTree::Group(group) => {
                    let inner: Vec<_> = group.stream().into_iter().collect();
                    flatten(&path, &inner, found);
                    path.clear();
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        if let Some(last) = path.last() {
            found.push((name.unwrap_or_else(|| last.clone()), path));
        }
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

/// True when this is what follows the `#` of `#[cfg(test)]`.
fn is_test(tokens: &[TokenTree]) -> bool {
    let attribute = tokens.first().map(ToString::to_string);
    let attribute = attribute.unwrap_or_default().replace(' ', "");
    attribute.starts_with("[cfg(test") || attribute.starts_with("[cfg(all(test")
}

/// What comes after the module that these attributes belong to; everything if they belong to something else.
fn without_module(tokens: &[TokenTree]) -> &[TokenTree] {
    let is_attribute = |token: &&TokenTree| match token {
        TokenTree::Punct(punct) => punct.as_char() == '#',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    };
    let attributes = tokens.iter().take_while(is_attribute).count();
    match &tokens[attributes..] {
        [TokenTree::Ident(word), _, _, after @ ..] if word == "mod" => after,
        _ => tokens,
    }
}

#[test]
fn no_file_imports_a_file_that_imports_it() {
    let sources = super::sources();
    for name in FREE_OF_CIRCLES {
        let folder = format!("crates/{name}/src/");
        let files = sources.iter().filter_map(|(path, text)| {
            let file = path.strip_prefix(&folder)?;
            let is_test = file.ends_with("tests.rs") || file.contains("tests/");
            (!is_test).then_some((file, text.as_str()))
        });
        let code = Crate::read(files);
        assert!(code.0.len() > 1, "{name} has no files");
        assert_eq!(code.circle(), None, "{name}: files that import each other");
    }
}

#[test]
fn circle_of_files_is_found_through_reexports_and_inline_paths() {
    let circle = |files: &[(&str, &str)]| Crate::read(files.iter().copied()).circle();
    let parent = ("a.rs", "mod b; pub(crate) use b::Item as Thing;");
    let through = circle(&[
        parent,
        ("a/b.rs", "use super::c::{self, Other,};"),
        ("a/c.rs", "use super::Thing;"),
    ]);
    assert_eq!(through.as_deref(), Some("a::b -> a::c -> a::b"));
    let to_parent = circle(&[
        parent,
        (
            "a/b.rs",
            "fn f<T>() -> impl Sized + use<T> { format!(\"{}\", super::own()) }",
        ),
    ]);
    assert_eq!(to_parent.as_deref(), Some("a -> a::b -> a"));
    let over_root = circle(&[
        ("lib.rs", "mod a; pub use a::*; mod d;"),
        ("a.rs", "mod b; pub use b::Item;"),
        ("a/b.rs", "fn f() { crate::d::f() }"),
        ("d.rs", "use crate::Item;"),
    ]);
    assert_eq!(over_root.as_deref(), Some("a::b -> d -> a::b"));
}

#[test]
fn test_modules_and_module_declarations_make_no_circle() {
    let files = [
        (
            "a.rs",
            "pub mod b; mod c; #[cfg(test)] #[path = \"x.rs\"] mod tests { use super::b::Item; }",
        ),
        ("a/b.rs", "use super::{d, c::Item,}; // super::c\n"),
        (
            "a/c.rs",
            "use serde::Serialize; /// [`super::b`]\nstruct Item;",
        ),
    ];
    assert_eq!(Crate::read(files).circle(), None);
}
