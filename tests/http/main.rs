//! One binary for all tests of the product: it links once, and every test has its own product.

mod conversion_crashes;
mod conversions;
mod openapi;
mod tenant_isolation;
mod tokens;
