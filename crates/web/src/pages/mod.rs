//! The pages, one file each, named as their address.

pub(crate) mod assist;
pub(crate) mod console;
pub(crate) mod console_objections;
pub(crate) mod console_release;
pub(crate) mod console_rules;
pub(crate) mod console_sample;
pub(crate) mod console_snapshot;
pub(crate) mod data_privacy;
pub(crate) mod generative_ai;
pub(crate) mod home;
pub(crate) mod log;
pub(crate) mod login;
pub(crate) mod objection;
pub(crate) mod problems;
pub(crate) mod proof;
pub(crate) mod used;
