//! The service as its callers see it, over SQLite and over PostgreSQL.
//!
//! The tests over PostgreSQL need a server, whose URL is in `TEST_POSTGRES`. `check.py` starts one.

mod access;
mod erasures;
mod events;
mod input;
mod operation;
mod readme;
mod runs;
mod world;

/// Makes a test for each database of a function that takes a [`world::Database`].
macro_rules! over_each_database {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::world::Database::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            #[ignore = "needs TEST_POSTGRES, which check.py sets"]
            async fn $name() {
                super::$name(crate::world::Database::postgres().await).await;
            })*
        }
    };
}
pub(crate) use over_each_database;
