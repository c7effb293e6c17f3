//! Everything that touches tensors: base, adapters, forget, audit
