# The front of .ci/run: `just` lists what there is.

# Lists the recipes.
default:
    @just --list

# Everything that a change must pass, on a clean Debian machine.
ci:
    .ci/run

# The same, and what needs tools that must be compiled first: licences, sources, advisories.
full:
    .ci/run --full

# The program over fake carriers, on 127.0.0.1:8080.
sandbox:
    cargo run --release -- serve --sandbox

# Every test; without the services that some need, those are skipped and say so.
test:
    cargo test --workspace

# Format and lints.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Writes the generated documents anew: the OpenAPI description, coverage, metrics, the matrix.
docs:
    TRUNKLINE_UPDATE_DOCS=1 cargo test -p trunkline-tests --test system -- openapi coverage observability
    TRUNKLINE_UPDATE_DOCS=1 cargo test -p trunkline-wazo --test contract matrix

# The proof of the promise, with its 10 000 purchases.
torture *arguments:
    cargo run --release -p trunkline-torture -- {{arguments}}

# What is shipped: slow to build, small and fast.
dist:
    cargo build --profile dist
