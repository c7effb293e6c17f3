//! The server as browsers and programs see it: the real routes over a real store in a temporary folder.

mod api;
mod assist;
mod events;
mod objections;
mod openai;
mod pages;
mod proof;
mod records;
mod redact;
mod release;
mod sample;
mod support;
mod switch;
