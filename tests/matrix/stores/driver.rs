use core_logic::{cache::Cache, database::Database, objects::Objects, outbox};
use serde_json::json;
use std::{error::Error, io};

type Problem = Box<dyn Error + Send + Sync>;

fn check(holds: bool, what: &str) -> Result<(), Problem> {
    if holds { Ok(()) } else { Err(what.into()) }
}

struct Stores {
    database: Database,
    cache: Cache,
    outbox: outbox::Outbox,
    objects: Objects,
}

impl Stores {
    fn write(&mut self, key: &str) -> Result<(), Problem> {
        let (id, data) = (format!("w{key}"), json!({"from": key}));
        let put = |database: &mut Database| database.put(key, &data, 0);
        check(self.database.once(&id, put)?, "database: done before")?;
        check(self.cache.once(&id, |_| Ok(()))?, "cache: done before")?;
        self.cache.put(key, &data, outbox::LEASE)?;
        self.outbox.send(&data)?;
        self.objects.put(key, key.as_bytes(), None)
    }

    fn read(&mut self, key: &str) -> Result<(), Problem> {
        let (id, data) = (format!("w{key}"), json!({"from": key}));
        check(self.database.get(key)? == (data.clone(), 1), "database: another item")?;
        check(!self.database.once(&id, |_| Ok(()))?, "database: not done")?;
        check(self.cache.get(key)? == Some(data.clone()), "cache: another value")?;
        check(!self.cache.once(&id, |_| Ok(()))?, "cache: not done")?;
        let taken = self.outbox.take(outbox::LEASE)?.ok_or("outbox: nothing")?;
        check(taken.data == data, "outbox: another message")?;
        self.outbox.done(&taken)?;
        let found = self.objects.get(key)?.ok_or("objects: nothing")?;
        check(found.0 == key.as_bytes(), "objects: another object")
    }
}

fn main() -> Result<(), Problem> {
    let mut stores = Stores {
        database: Database::open()?,
        cache: Cache::connect()?,
        outbox: outbox::Outbox::connect()?,
        objects: Objects::connect()?,
    };
    for line in io::stdin().lines() {
        let line = line?;
        let (step, key) = line.split_once(' ').ok_or("a step and a key")?;
        let done = if step == "write" { stores.write(key) } else { stores.read(key) };
        match done {
            Ok(()) => println!("ok"),
            Err(problem) => println!("{}", format!("{problem:?}").replace('\n', " ")),
        }
    }
    Ok(())
}
