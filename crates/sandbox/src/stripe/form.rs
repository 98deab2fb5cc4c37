//! Stripe's request parameters: `application/x-www-form-urlencoded` with bracket nesting, in the body or in the query.

use std::collections::BTreeMap;

use super::error::StripeError;

/// Bracket levels below which a name is refused; Stripe's deepest documented parameter has six.
const DEEPEST: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Text(String),
    Tree(Params),
}

/// The parameters at one level, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(BTreeMap<String, Node>);

impl Params {
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, StripeError> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(encoded)
            .map_err(|_| StripeError::invalid("The request body is not form-encoded.", None))?;
        let mut params = Self::default();
        for (name, value) in pairs {
            let path = split(&name)?;
            params.put(&path, value, &name)?;
        }
        Ok(params)
    }

    fn put(&mut self, path: &[&str], value: String, full_name: &str) -> Result<(), StripeError> {
        let (first, rest) = path
            .split_first()
            .expect("split() never answers an empty path");
        let key = if first.is_empty() {
            self.next_index()
        } else {
            (*first).to_owned()
        };
        if rest.is_empty() {
            self.0.insert(key, Node::Text(value));
            return Ok(());
        }
        match self
            .0
            .entry(key)
            .or_insert_with(|| Node::Tree(Self::default()))
        {
            Node::Tree(tree) => tree.put(rest, value, full_name),
            Node::Text(_) => Err(StripeError::invalid(
                "Invalid parameter nesting",
                Some(full_name),
            )),
        }
    }

    fn next_index(&self) -> String {
        let used = self
            .0
            .keys()
            .filter_map(|key| key.parse::<usize>().ok())
            .max();
        used.map_or(0, |index| index + 1).to_string()
    }

    /// Refuses what Stripe would not know here, so that a misspelt parameter is noticed on the laptop.
    pub(crate) fn refuse_unknown(&self, known: &[&str]) -> Result<(), StripeError> {
        match self
            .0
            .keys()
            .find(|name| !known.contains(&name.as_str()) && *name != "expand")
        {
            Some(name) => Err(StripeError::unknown_parameter(name)),
            None => Ok(()),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, StripeError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(Node::Tree(_)) => Err(StripeError::invalid(
                &format!("Invalid string: {name}"),
                Some(name),
            )),
        }
    }

    /// An empty value counts as missing, as it does at Stripe.
    pub(crate) fn required(&self, name: &str) -> Result<&str, StripeError> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| StripeError::missing_parameter(name))
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, StripeError> {
        self.text(name)?
            .map(|text| {
                text.parse().map_err(|_| {
                    StripeError::invalid(&format!("Invalid boolean: {text}"), Some(name))
                })
            })
            .transpose()
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, StripeError> {
        self.text(name)?
            .map(|text| {
                text.parse()
                    .map_err(|_| StripeError::invalid_integer(text, name))
            })
            .transpose()
    }

    pub(crate) fn tree(&self, name: &str) -> Result<Option<&Self>, StripeError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Node::Tree(tree)) => Ok(Some(tree)),
            Some(Node::Text(_)) => Err(StripeError::invalid("Invalid object", Some(name))),
        }
    }

    /// `name[0][…]`, `name[1][…]`, in the order of their indices.
    pub(crate) fn trees(&self, name: &str) -> Result<Vec<&Self>, StripeError> {
        let Some(list) = self.tree(name)? else {
            return Ok(Vec::new());
        };
        list.by_index()
            .into_iter()
            .map(|node| match node {
                Node::Tree(tree) => Ok(tree),
                Node::Text(_) => Err(StripeError::invalid("Invalid object", Some(name))),
            })
            .collect()
    }

    /// `name[]=…` or `name[0]=…`.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&str>, StripeError> {
        let Some(list) = self.tree(name)? else {
            return Ok(Vec::new());
        };
        list.by_index()
            .into_iter()
            .map(|node| match node {
                Node::Text(text) => Ok(text.as_str()),
                Node::Tree(_) => Err(StripeError::invalid("Invalid string", Some(name))),
            })
            .collect()
    }

    fn by_index(&self) -> Vec<&Node> {
        let mut nodes: Vec<_> = self.0.iter().collect();
        nodes.sort_by_key(|(index, _)| index.parse::<usize>().unwrap_or(usize::MAX));
        nodes.into_iter().map(|(_, node)| node).collect()
    }

    /// Key-value pairs such as `metadata[...]`; Stripe allows 50 keys of 40 characters and values of 500.
    pub(crate) fn metadata(&self, name: &str) -> Result<BTreeMap<String, String>, StripeError> {
        let Some(tree) = self.tree(name)? else {
            return Ok(BTreeMap::new());
        };
        let mut pairs = BTreeMap::new();
        for (key, node) in &tree.0 {
            match node {
                Node::Text(text) if text.chars().count() <= 500 && key.chars().count() <= 40 => {
                    pairs.insert(key.clone(), text.clone());
                }
                _ => {
                    return Err(StripeError::invalid(
                        "Metadata keys have at most 40, values 500 characters.",
                        Some(name),
                    ));
                }
            }
        }
        if pairs.len() > 50 {
            return Err(StripeError::invalid(
                "You can only specify up to 50 metadata keys.",
                Some(name),
            ));
        }
        Ok(pairs)
    }

    /// One text for the whole request, equal for equal parameters whatever their order.
    pub(crate) fn canonical(&self) -> String {
        let mut text = String::new();
        self.write_canonical("", &mut text);
        text
    }

    fn write_canonical(&self, prefix: &str, text: &mut String) {
        for (key, node) in &self.0 {
            let path = format!("{prefix}[{key:?}]");
            match node {
                Node::Text(value) => text.push_str(&format!("{path}={value:?};")),
                Node::Tree(tree) => tree.write_canonical(&path, text),
            }
        }
    }
}

/// `a[b][]` → `["a", "b", ""]`.
fn split(name: &str) -> Result<Vec<&str>, StripeError> {
    let malformed = || StripeError::invalid("Malformed parameter name", Some(name));
    let Some((first, rest)) = name.split_once('[') else {
        return Ok(vec![name]);
    };
    let inner = rest.strip_suffix(']').ok_or_else(malformed)?;
    let path: Vec<_> = std::iter::once(first).chain(inner.split("][")).collect();
    if first.is_empty() || path.len() > DEEPEST || path.iter().any(|part| part.contains(['[', ']']))
    {
        return Err(malformed());
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_nest_and_lists_keep_their_order() {
        let params = Params::parse(
            b"items[10][price]=b&items[2][price]=a&metadata[x]=1&types[]=p&types[]=q",
        )
        .unwrap();
        let prices: Vec<_> = params
            .trees("items")
            .unwrap()
            .iter()
            .map(|item| item.text("price").unwrap().unwrap())
            .collect();
        assert_eq!(prices, ["a", "b"]);
        assert_eq!(params.metadata("metadata").unwrap()["x"], "1");
        assert_eq!(params.texts("types").unwrap(), ["p", "q"]);
    }

    #[test]
    fn malformed_names_and_mixed_shapes_are_refused() {
        for body in [
            "a[b=1",
            "[a]=1",
            "a=1&a[b]=2",
            "a[[b]]=1",
            "a[1][2][3][4][5][6][7][8]=1",
        ] {
            assert!(Params::parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn the_canonical_text_ignores_the_order_but_not_the_values() {
        let canonical = |body: &[u8]| Params::parse(body).unwrap().canonical();
        assert_eq!(canonical(b"a=1&b[c]=2"), canonical(b"b[c]=2&a=1"));
        assert_ne!(canonical(b"a=1&b[c]=2"), canonical(b"a=1&b[c]=3"));
    }
}
