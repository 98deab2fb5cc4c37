//! Objects by id that remember the order in which they were made, because every Stripe list is newest first.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Shelf<T> {
    order: Vec<String>,
    by_id: HashMap<String, T>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            order: Vec::new(),
            by_id: HashMap::new(),
        }
    }
}

impl<T> Shelf<T> {
    pub(crate) fn insert(&mut self, id: &str, value: T) {
        if self.by_id.insert(id.to_owned(), value).is_none() {
            self.order.push(id.to_owned());
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.by_id.get_mut(id)
    }

    pub(crate) fn oldest_first(&self) -> impl DoubleEndedIterator<Item = (&str, &T)> {
        self.order
            .iter()
            .filter_map(|id| Some((id.as_str(), self.by_id.get(id)?)))
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = (&str, &T)> {
        self.oldest_first().rev()
    }

    pub(crate) fn change_each(&mut self, change: impl FnMut(&mut T)) {
        self.by_id.values_mut().for_each(change);
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.by_id.retain(|_, value| keep(value));
        self.order.retain(|id| self.by_id.contains_key(id));
    }
}
