//! Bundles the console for browsers: its modules become one script, each file gets a name that changes with its
//! content, and a compressed copy. No other program is needed for that.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

#[path = "build/modules.rs"]
mod modules;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The first module; it imports the others.
const ENTRY: &str = "app.js";

/// The page. It keeps its name, and names the other files.
const PAGE: &str = "index.html";

/// Files that the page loads, besides the script.
const LOADED: [&str; 3] = ["console.css", "icon.svg", "theme.js"];

/// Files with a name that licences ask for.
const LICENCES: [&str; 2] = ["vendor/LICENSE-htm.txt", "vendor/LICENSE-preact.txt"];

fn main() -> Outcome<()> {
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rerun-if-changed=build");
    let folder = Path::new("assets");
    let read = |name: &str| fs::read_to_string(folder.join(name));
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut page = read(PAGE)?;
    let script = modules::bundle(folder, ENTRY)?;
    let mut loaded = vec![(ENTRY, script)];
    for name in LOADED {
        loaded.push((name, read(name)?));
    }
    for (name, text) in loaded {
        let lasting = lasting_name(name, text.as_bytes());
        let (from, to) = (format!("/console/{name}"), format!("/console/{lasting}"));
        if !page.contains(&from) {
            return Err(format!("{PAGE} does not load {from}").into());
        }
        page = page.replace(&from, &to);
        files.insert(lasting, text.into_bytes());
    }
    files.insert(PAGE.to_owned(), page.into_bytes());
    for name in LICENCES {
        files.insert(name.to_owned(), read(name)?.into_bytes());
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "Cargo names the folder of a build script's files in a variable"
    )]
    let out = PathBuf::from(env::var("OUT_DIR")?);
    write(&files, &out)
}

/// `app.js` as `app-0123456789abcdef.js`.
fn lasting_name(name: &str, content: &[u8]) -> String {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    format!("{stem}-{}.{ending}", &hash(content)[..16])
}

fn hash(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes the files and the list of them, as the crate includes it.
fn write(files: &BTreeMap<String, Vec<u8>>, out: &Path) -> Outcome<()> {
    let mut list = String::from("&[\n");
    for (n, (path, content)) in files.iter().enumerate() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content)?;
        fs::write(out.join(format!("{n}")), content)?;
        fs::write(out.join(format!("{n}.gz")), encoder.finish()?)?;
        let tag = format!("\"{}\"", &hash(content)[..32]);
        let bytes =
            |ending: &str| format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{n}{ending}\"))");
        writeln!(
            list,
            "Asset {{ path: {path:?}, bytes: {}, gzip: {}, tag: {tag:?} }},",
            bytes(""),
            bytes(".gz"),
        )?;
    }
    list.push(']');
    fs::write(out.join("assets.rs"), list)?;
    Ok(())
}
