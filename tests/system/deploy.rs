//! What is handed out with the program: how it is run in containers, and the licences of what is linked in.

use std::process::Command;

use saphyr::YamlOwned;

use crate::observability::yaml;
use crate::root;

fn words(of: &YamlOwned) -> Vec<&str> {
    let items = of.as_sequence().into_iter().flatten();
    items.filter_map(YamlOwned::as_str).collect()
}

#[test]
fn every_service_of_the_compose_file_is_confined_and_of_an_exact_version() {
    let compose = yaml("compose.yaml");
    for network in ["front", "back"] {
        let is_internal = compose["networks"][network]["internal"].as_bool();
        assert_eq!(is_internal, Some(true), "{network}");
    }
    for name in ["trunkline", "proxy", "postgres", "redis"] {
        let service = &compose["services"][name];
        assert_eq!(service["read_only"].as_bool(), Some(true), "{name}");
        assert_eq!(words(&service["cap_drop"]), ["ALL"], "{name}");
        let options = words(&service["security_opt"]);
        assert_eq!(options, ["no-new-privileges:true"], "{name}");
        let image = service["image"].as_str().unwrap();
        let version = image.rsplit_once(':').unwrap().1;
        let is_exact = version.split('-').next().unwrap().split('.').count() > 1;
        assert!(is_exact || name == "trunkline", "{image}");
        let networks = words(&service["networks"]);
        let wanted: &[&str] = match name {
            "trunkline" => &["outside", "front", "back"],
            "proxy" => &["outside", "front"],
            _ => &["back"],
        };
        assert_eq!(networks, wanted, "{name}");
        let ports = service.as_mapping_get("ports").map(words);
        let ports = ports.unwrap_or_default();
        let is_here = |port: &&str| port.starts_with("127.0.0.1:");
        assert!(ports.iter().all(is_here), "{name}: {ports:?}");
        assert_eq!(ports.is_empty(), name != "proxy", "{name}");
    }
    let redis = words(&compose["services"]["redis"]["command"]).join(" ");
    assert!(redis.contains("requirepass"), "{redis}");
}

#[test]
fn notices_have_every_linked_crate_with_its_licence_and_texts() {
    let written = Command::new(root().join("deploy/notices"))
        .output()
        .unwrap();
    let [text, said] =
        [written.stdout, written.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(written.status.success(), "{said}");
    let (crates, texts) = text.split_once("\n----").unwrap();
    for linked in ["rustls v", "ring v", "rusqlite v", "libsqlite3-sys v"] {
        let is_it = |line: &&str| line.starts_with(linked);
        let line = crates.lines().find(is_it);
        let line = line.unwrap_or_else(|| panic!("{linked}: {crates}"));
        let licence = line.split_once(": ").unwrap().1;
        assert!(
            licence.contains("MIT") || licence.contains("Apache-2.0"),
            "{line}"
        );
        assert!(
            texts.contains(&format!("  {}\n", line.split_once(": ").unwrap().0)),
            "{line}"
        );
    }
    // What only tests or builds use is not in it, and nothing names a place of this machine.
    for absent in ["wiremock v", "serde_derive v", "trunkline-core"] {
        assert!(!crates.contains(absent), "{absent}");
    }
    assert!(texts.contains("Permission is hereby granted") && texts.contains("Apache License"));
    assert!(!crates.contains("(/"), "{crates}");
}
