//! HTTP: api, pages, console
