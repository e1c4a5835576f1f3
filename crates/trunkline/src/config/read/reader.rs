//! A serde deserializer over settings that knows the path of everything it hands out.

use serde::Deserializer;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::config::document::{Table, Value};
use crate::config::problems::{Issue, join, nearest};
use crate::config::read::fault::Fault;
use crate::config::read::pass::Pass;
use crate::secret;

/// What is handed out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node<'a> {
    Table(&'a Table),
    Value(&'a Value),
    /// Stands in for a key that is missing.
    Nothing,
}

impl<'a> From<&'a Table> for Node<'a> {
    fn from(table: &'a Table) -> Self {
        Self::Table(table)
    }
}

impl<'a> From<&'a Value> for Node<'a> {
    fn from(value: &'a Value) -> Self {
        Self::Value(value)
    }
}

#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) node: Node<'a>,
    pub(super) path: String,
    pub(super) pass: &'a Pass<'a>,
}

impl<'a> Reader<'a> {
    fn table(&self) -> Option<&'a Table> {
        match self.node {
            Node::Table(table) | Node::Value(Value::Table(table)) => Some(table),
            Node::Value(_) | Node::Nothing => None,
        }
    }

    /// The entries of a table but for those to leave out, and pretended ones for those missing.
    fn entries(&self, table: &'a Table, known: Option<&[&str]>) -> Entries<'a> {
        let mut entries: Vec<(String, Node<'a>)> = Vec::with_capacity(table.len());
        for (key, value) in table {
            if known.is_none_or(|known| known.contains(&key.as_str())) {
                entries.push((key.clone(), Node::Value(value)));
            }
        }
        entries.retain(|(key, _)| !self.pass.skip.contains(&join(&self.path, key)));
        for key in known.unwrap_or_default() {
            if self.pass.supplied.contains(&join(&self.path, key)) {
                entries.push(((*key).to_owned(), Node::Nothing));
            }
        }
        entries.reverse();
        Entries {
            path: self.path.clone(),
            pass: self.pass,
            entries,
            current: None,
        }
    }

    fn note_unknown(&self, table: &Table, known: &[&'static str]) {
        let outermost = self.path == self.pass.of.path;
        let also = if outermost { self.pass.of.also } else { &[] };
        for key in table.keys() {
            let is_known = known.contains(&key.as_str()) || also.contains(&key.as_str());
            if !is_known && !self.pass.skip.contains(&join(&self.path, key)) {
                let suggestion = nearest(key, known.iter().chain(also).copied());
                self.pass
                    .note(Issue::unknown_key(&self.path, key, suggestion));
            }
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if let Some(table) = self.table() {
            return visitor
                .visit_map(self.entries(table, None))
                .map_err(|fault| fault.at(&self.path));
        }
        let Self { node, path, pass } = self;
        let found = match node {
            Node::Value(Value::Text(text)) => visitor.visit_str(text),
            Node::Value(Value::Secret(text)) => secret::visit(text, visitor),
            Node::Value(Value::Integer(number)) => visitor.visit_i64(*number),
            Node::Value(Value::Flag(flag)) => visitor.visit_bool(*flag),
            Node::Value(Value::List(items)) => visitor.visit_seq(Items {
                path: &path,
                pass,
                items,
                next: 0,
            }),
            Node::Value(Value::Other(kind)) => Err(Fault::wrong(format!("{kind} is no setting"))),
            Node::Value(Value::Table(_)) | Node::Table(_) | Node::Nothing => visitor.visit_str(""),
        };
        found.map_err(|fault| fault.at(&path))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let Some(table) = self.table() else {
            let found = match self.node {
                Node::Value(value) => value.kind(),
                Node::Table(_) | Node::Nothing => "nothing",
            };
            return Err(Fault::wrong(format!("expected a table, found {found}")).at(&self.path));
        };
        self.note_unknown(table, known);
        visitor
            .visit_map(self.entries(table, Some(known)))
            .map_err(|fault| fault.at(&self.path))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.node {
            Node::Value(Value::Text(text)) => {
                let name: StrDeserializer<'_, Fault> = text.as_str().into_deserializer();
                visitor
                    .visit_enum(name)
                    .map_err(|fault| fault.at(&self.path))
            }
            Node::Value(_) | Node::Table(_) | Node::Nothing => self.deserialize_any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

struct Entries<'a> {
    path: String,
    pass: &'a Pass<'a>,
    /// The next one last.
    entries: Vec<(String, Node<'a>)>,
    current: Option<(String, Node<'a>)>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some(entry) = self.entries.pop() else {
            return Ok(None);
        };
        let key: StrDeserializer<'_, Fault> = entry.0.as_str().into_deserializer();
        let key = seed.deserialize(key)?;
        self.current = Some(entry);
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (key, node) = self
            .current
            .take()
            .ok_or_else(|| Fault::wrong("a value without a key"))?;
        let path = join(&self.path, &key);
        let reader = Reader {
            node,
            path: path.clone(),
            pass: self.pass,
        };
        // What the type itself says of a value that it could read has no path yet.
        seed.deserialize(reader).map_err(|fault| fault.at(&path))
    }
}

struct Items<'a> {
    path: &'a str,
    pass: &'a Pass<'a>,
    items: &'a [Value],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        while let Some(item) = self.items.get(self.next) {
            let path = format!("{}[{}]", self.path, self.next);
            self.next += 1;
            if !self.pass.skip.contains(&path) {
                let reader = Reader {
                    node: Node::Value(item),
                    path: path.clone(),
                    pass: self.pass,
                };
                return seed
                    .deserialize(reader)
                    .map(Some)
                    .map_err(|fault| fault.at(&path));
            }
        }
        Ok(None)
    }
}
