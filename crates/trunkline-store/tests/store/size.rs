//! The size of the database.

use trunkline_engine::journal::Lease;

use crate::clocks::places;

#[tokio::test]
async fn database_size_grows_with_what_is_stored() {
    for place in places().await {
        let store = place.open(Lease::TTL).await;
        let before = store.size().await.unwrap().unwrap();
        let rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
            INSERT INTO meta (name, value) SELECT 'a row of which there are very many, so that they take room, ' || i, '' FROM n";
        place.raw().await.run(rows).await;
        let after = store.size().await.unwrap().unwrap();
        assert!(after > before + 1_000_000, "{before} to {after} bytes");
    }
}
