//! Embeds the OpenAPI document without white space, and the files of Swagger UI that a browser loads. They lie compressed
//! in an archive, and are sent as they lie there, with a gzip header around them.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED as ARCHIVE;

/// Their names and content types.
const FILES: [(&str, &str); 9] = [
    ("index.html", "text/html"),
    ("index.css", "text/css"),
    ("swagger-ui.css", "text/css"),
    ("swagger-ui-bundle.js", "text/javascript"),
    ("swagger-ui-standalone-preset.js", "text/javascript"),
    ("favicon-16x16.png", "image/png"),
    ("favicon-32x32.png", "image/png"),
    ("oauth2-redirect.html", "text/html"),
    ("oauth2-redirect.js", "text/javascript"),
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=openapi.json");
    #[expect(
        clippy::disallowed_methods,
        reason = "Cargo names the folder of a build script's files in a variable"
    )]
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let document = fs::read_to_string("openapi.json")?;
    fs::write(out.join("openapi.json"), compact(&document))?;
    let mut list = String::from("[");
    for (name, kind) in FILES {
        let (bytes, is_gzip) = file(name).ok_or_else(|| format!("no {name} in the archive"))?;
        fs::write(out.join(name), bytes)?;
        write!(
            list,
            "({name:?}, {kind:?}, {is_gzip}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))),"
        )?;
    }
    list.push(']');
    fs::write(out.join("swagger.rs"), list)?;
    Ok(())
}

/// JSON without white space between its tokens.
fn compact(json: &str) -> String {
    let (mut in_text, mut is_escaped) = (false, false);
    let kept = json.chars().filter(|char| {
        let is_end = *char == '"' && !is_escaped;
        is_escaped = in_text && *char == '\\' && !is_escaped;
        in_text ^= is_end;
        in_text || !char.is_ascii_whitespace()
    });
    kept.collect()
}

/// A file below `dist`, and whether it is compressed, by the archive's directory: entries of 46 bytes and their names, to
/// which the record at the end points. The file itself follows a header of 30 bytes.
fn file(name: &str) -> Option<(Vec<u8>, bool)> {
    let end = ARCHIVE.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    let mut at = number(end + 16, 4)?;
    let wanted = format!("/dist/{name}");
    while ARCHIVE.get(at..at + 4)? == b"PK\x01\x02" {
        let called = ARCHIVE.get(at + 46..at + 46 + number(at + 28, 2)?)?;
        if called.ends_with(wanted.as_bytes()) {
            let local = number(at + 42, 4)?;
            let from = local + 30 + number(local + 26, 2)? + number(local + 28, 2)?;
            let data = ARCHIVE.get(from..from + number(at + 20, 4)?)?;
            return match number(at + 10, 2)? {
                0 => Some((data.to_vec(), false)),
                8 => {
                    let head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
                    let check = [
                        ARCHIVE.get(at + 16..at + 20)?,
                        ARCHIVE.get(at + 24..at + 28)?,
                    ];
                    Some(([&head[..], data, check[0], check[1]].concat(), true))
                }
                _ => None,
            };
        }
        at += 46 + number(at + 28, 2)? + number(at + 30, 2)? + number(at + 32, 2)?;
    }
    None
}

/// A number of so many bytes, the lowest first.
fn number(at: usize, bytes: usize) -> Option<usize> {
    let bytes = ARCHIVE.get(at..at + bytes)?.iter().rev();
    Some(bytes.fold(0, |number, byte| number << 8 | usize::from(*byte)))
}
