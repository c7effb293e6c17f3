//! Drafts and the two guards
