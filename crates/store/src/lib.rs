//! The only SQL and the only object paths
