//! The HTTP API of trunkline.
