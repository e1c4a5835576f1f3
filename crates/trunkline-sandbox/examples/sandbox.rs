//! Runs the fake carriers on fixed ports until interrupted: `cargo run --example sandbox -- 9100`.

use std::io::Write;

use trunkline_sandbox::{DEFAULT_BASE_PORT, Options, ProviderKind, Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base_port = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => DEFAULT_BASE_PORT,
    };
    let sandbox = Sandbox::start(Options::on_ports(base_port)).await?;
    let mut out = std::io::stdout().lock();
    for kind in ProviderKind::ALL {
        writeln!(out, "{kind} {}", sandbox.url(kind))?;
    }
    writeln!(out, "control {}", sandbox.control_url())?;
    drop(out);
    tokio::signal::ctrl_c().await?;
    sandbox.shutdown().await;
    Ok(())
}
