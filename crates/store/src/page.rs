//! Keyset pagination: a page is a limit and the key of the last item seen.

/// What to list: at most `limit` items, those after `after` in the list's order.
#[derive(Debug, Clone)]
pub struct Page<K> {
    pub limit: u32,
    pub after: Option<K>,
}

impl<K> Page<K> {
    pub fn first(limit: u32) -> Self {
        Self { limit, after: None }
    }

    /// One more than asked for, so that the answer knows whether there is more.
    pub(crate) fn probe_limit(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Listed<T> {
    pub items: Vec<T>,
    /// Whether the list goes on after the last item.
    pub more: bool,
}

impl<T> Listed<T> {
    pub(crate) fn cut(mut items: Vec<T>, limit: u32) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        Self { items, more }
    }
}
