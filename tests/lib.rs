//! Whole-system tests of trunkline, which are in the test target `system`, and a check that developers run:
//! [`specs`] holds fixtures and fakes against the carriers' OpenAPI documents.

pub mod specs;
