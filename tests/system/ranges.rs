//! A long range, told number by number.

use serde_json::Value;

use crate::process::Server;
use crate::range::{Size, register};

#[tokio::test]
async fn long_range_reports_each_number_correctly_without_repeated_requests() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path(), &["--sandbox", "--port-base", "0"]).await;
    let control = async |line: &str, body: &str| -> Value {
        let (status, answer) = server.control(line, body).await.unwrap();
        assert_eq!(status, 200, "{line}: {answer}");
        answer
    };
    let size = Size {
        numbers: 1_600,
        ms_each: 1,
    };
    let address = format!("http://{}", server.address);
    let figures = register(&address, control, size).await.unwrap();
    assert_eq!((figures.created, figures.existing), (1_575, 25));
    assert_eq!((figures.requests, figures.at_once), (4, 1), "{figures}");
    assert!(figures.drawn >= 4, "{figures}");
    assert!(figures.took.as_millis() >= 1_600, "{figures}");
}
