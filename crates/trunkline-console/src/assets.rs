//! The files, as the build script bundles them from the folder `assets`.

/// A file of the console.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its path below `/console/`.
    pub path: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
    /// Its content, compressed with gzip.
    pub gzip: &'static [u8],
    /// Its strong `ETag`: half of the SHA-256 of its content, quoted.
    pub tag: &'static str,
}

/// All files.
pub const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

impl Asset {
    /// The media type, by the name's ending.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self.path.rsplit_once('.') {
            Some((_, "html")) => "text/html; charset=utf-8",
            Some((_, "js")) => "text/javascript; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            Some((_, "svg")) => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        }
    }

    /// True when other content would have another name, so that browsers may keep the file without asking again.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        let hash = self.tag.trim_matches('"').get(..16);
        hash.is_some_and(|hash| self.path.contains(hash))
    }
}
