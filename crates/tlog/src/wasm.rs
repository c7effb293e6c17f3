//! The verification for a page: three functions over linear memory, text in and text out, nothing of the browser asked
//! for. The page's side is `crates/web/assets/verify.js`. This file alone has `unsafe`, because memory that JavaScript
//! fills has no owner that the compiler knows; every pointer that comes in must be one that [`candor_alloc`] or
//! [`candor_verify`] gave out, with the length that belongs to it, and is taken back once.
#![allow(unsafe_code, reason = "memory is handed over to JavaScript and taken back by address")]

use crate::answer::verify_text;

/// Bytes before an answer's text: its length, little-endian.
const LENGTH_BYTES: usize = 4;

/// Memory of a length for the page to fill. It goes back through [`candor_verify`] or [`candor_free`].
// SAFETY: the name is exported once, by this file only.
#[unsafe(no_mangle)]
pub extern "C" fn candor_alloc(length: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; length].into_boxed_slice()).cast()
}

/// Verifies a bundle against a trust file, both UTF-8 in one piece of memory, the bundle first. The memory is taken back.
/// The answer is a length of four bytes and the JSON of `verify_text`; it goes back through [`candor_free`].
// SAFETY: the name is exported once, by this file only.
#[unsafe(no_mangle)]
pub extern "C" fn candor_verify(memory: *mut u8, bundle: usize, trust: usize) -> *mut u8 {
    // SAFETY: the page passes memory of `candor_alloc(bundle + trust)`, filled, and does not use it again.
    let input = unsafe { taken(memory, bundle + trust) };
    let text = match input.split_at_checked(bundle) {
        Some((bundle, trust)) => verify_text(&String::from_utf8_lossy(bundle), &String::from_utf8_lossy(trust)),
        None => String::new(),
    };
    let length = u32::try_from(text.len()).unwrap_or(0).to_le_bytes();
    let answer = [&length, text.as_bytes()].concat();
    Box::into_raw(answer.into_boxed_slice()).cast()
}

/// Takes an answer back; `length` is that of its text.
// SAFETY: the name is exported once, by this file only.
#[unsafe(no_mangle)]
pub extern "C" fn candor_free(memory: *mut u8, length: usize) {
    // SAFETY: the page passes an answer of `candor_verify` with the length that stands in it, once.
    drop(unsafe { taken(memory, length + LENGTH_BYTES) });
}

/// The owner of memory that was given out.
///
/// # Safety
/// `memory` came from a boxed slice of exactly `length` bytes and nobody else uses it.
unsafe fn taken(memory: *mut u8, length: usize) -> Box<[u8]> {
    // SAFETY: as the caller promises.
    unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(memory, length)) }
}
