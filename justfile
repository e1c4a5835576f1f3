# The front of .ci/run: `just` lists the recipes.

# Lists the recipes.
default:
    @just --list

# Checks a change as CI does, on a clean Debian machine.
ci:
    .ci/run

# The same, and licences, sources and advisories, whose tools are compiled first.
full:
    .ci/run --full

# Format, lints, features, documentation.
check:
    .ci/run format lint features documentation

# Every test. A test of a service that is not installed is skipped and says so.
test:
    cargo test --workspace

# The behaviours that one adapter must show: `just contract twilio`.
contract carrier:
    cargo test -p trunkline-{{carrier}} --test contract

# The gateway over five fake carriers, on 127.0.0.1:8080.
sandbox:
    cargo run --release -- serve --sandbox

# Renews the generated documents: OpenAPI, coverage, metrics, the matrix.
docs:
    TRUNKLINE_UPDATE_DOCS=1 cargo test -p trunkline-tests --test system -- openapi coverage observability
    TRUNKLINE_UPDATE_DOCS=1 cargo test -p trunkline-wazo --test contract matrix

# The proof of the promise, with 10 000 purchases: `just torture --quick` in a minute.
torture *arguments:
    cargo run --release -p trunkline-torture -- {{arguments}}

# The binary that is shipped: slow to build, small and fast.
dist:
    cargo build --profile dist
