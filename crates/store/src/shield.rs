//! Runs database work to its end even when the request that wanted it goes away.
