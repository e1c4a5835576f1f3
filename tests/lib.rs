//! Whole-system tests of trunkline; everything is in the test target `system`.
