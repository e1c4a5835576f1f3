//! The contract suite that every trunkline adapter must pass.
