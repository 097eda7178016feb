// Data that the platforms share. DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME names the server; without it
// the data is in files of this machine (DATA_FOLDER), to try things out: other machines do not see them, and what
// `work` put before it failed stays there.
import { mkdirSync, readFileSync, rmSync, writeFileSync, linkSync, renameSync } from 'node:fs';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Somebody else changed the item since it was read: read it again and decide anew. */
export class Conflict extends Error {}

/** Opens the shared data; keep it beside the handler, so that warm invocations use it again. */
export async function open(url = process.env.DATABASE_URL) {
  if (!url) return new FileDatabase(join(process.env.DATA_FOLDER || tmpdir(), '<%name%>'));
  const database = new PostgresDatabase(url);
  await database.prepare();
  return database;
}

class PostgresDatabase {
  #url;
  #client;
  #working = false;
  #turns = Promise.resolve();
  #turn = new AsyncLocalStorage();

  constructor(url) {
    this.#url = url;
  }

  async prepare() {
    // Two first calls at once would both create the tables, and one of them would fail.
    await this.#run('SELECT pg_advisory_lock(7238)');
    try {
      await this.#run('CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY)');
      await this.#run(
        'CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, version BIGINT NOT NULL, value TEXT NOT NULL)',
      );
    } finally {
      await this.#run('SELECT pg_advisory_unlock(7238)');
    }
  }

  async close() {
    await this.#client?.end();
  }

  async #connect() {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: this.#url, connectionTimeoutMillis: 5000 });
    // Without a listener the end of an idle connection would end the process.
    client.on('error', () => {});
    client.on('end', () => {
      if (this.#client === client) this.#client = undefined;
    });
    await client.connect();
    this.#client = client;
    return client;
  }

  /**
   * Runs one job after the other: with one connection for all invocations, what another does meanwhile would be part
   * of the transaction. What a job calls itself is part of it.
   */
  #alone(job) {
    if (this.#turn.getStore()) return job();
    const done = this.#turns.then(() => this.#turn.run(true, job));
    this.#turns = done.catch(() => {});
    return done;
  }

  async #run(sql, values = []) {
    // That the server went away meanwhile is heard of in the next turn of the loop.
    if (!this.#working) await new Promise(setImmediate);
    // A connection that broke is made anew, but never in the middle of a transaction.
    if (this.#working && !this.#client) throw new Error('the connection broke');
    return (this.#client ?? (await this.#connect())).query(sql, values);
  }

  /**
   * Calls `work()` unless it was done for this id; says whether it called it. The mark and what `work` puts here
   * are one transaction: both are kept or, when `work` throws, neither, and the message may be delivered again. A
   * second delivery that comes meanwhile waits.
   */
  once(id, work) {
    return this.#alone(() => this.#once(id, work));
  }

  async #once(id, work) {
    await this.#run('BEGIN');
    this.#working = true;
    try {
      const mark = await this.#run('INSERT INTO done VALUES ($1) ON CONFLICT DO NOTHING', [id]);
      if (mark.rowCount === 1) await work();
      // COMMIT of a transaction in which a statement failed undoes it without an error.
      if ((await this.#run('COMMIT')).command !== 'COMMIT') throw new Error('a statement failed');
      return mark.rowCount === 1;
    } catch (problem) {
      if (this.#client) await this.#run('ROLLBACK');
      throw problem;
    } finally {
      this.#working = false;
    }
  }

  /** The value of `key` and its version: undefined and 0 when there is none. */
  async get(key) {
    const query = 'SELECT value, version FROM items WHERE key = $1';
    const { rows } = await this.#alone(() => this.#run(query, [key]));
    if (rows.length === 0) return { value: undefined, version: 0 };
    return { value: JSON.parse(rows[0].value), version: Number(rows[0].version) };
  }

  /** Replaces what `get` gave with `version`; throws Conflict when it is no longer that. */
  async put(key, value, version) {
    const text = JSON.stringify(value);
    const [sql, values] =
      version === 0
        ? ['INSERT INTO items VALUES ($1, 1, $2) ON CONFLICT DO NOTHING', [key, text]]
        : ['UPDATE items SET value = $1, version = version + 1 WHERE key = $2 AND version = $3', [text, key, version]];
    const { rowCount } = await this.#alone(() => this.#run(sql, values));
    if (rowCount !== 1) throw new Conflict(`\`${key}\` is no longer at version ${version}`);
  }
}

class FileDatabase {
  #folder;

  constructor(folder) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  async close() {}

  async once(id, work) {
    const mark = this.#path(`done-${id}`);
    try {
      writeFileSync(mark, id, { flag: 'wx' });
    } catch (problem) {
      if (problem.code === 'EEXIST') return false;
      throw problem;
    }
    try {
      await work();
    } catch (problem) {
      rmSync(mark);
      throw problem;
    }
    return true;
  }

  async get(key) {
    try {
      return JSON.parse(readFileSync(this.#path(key), 'utf8'));
    } catch (problem) {
      if (problem.code === 'ENOENT') return { value: undefined, version: 0 };
      throw problem;
    }
  }

  async put(key, value, version) {
    const conflict = () => new Conflict(`\`${key}\` is no longer at version ${version}`);
    const path = this.#path(key);
    if ((await this.get(key)).version !== version) throw conflict();
    const fresh = `${path}.${randomUUID()}`;
    writeFileSync(fresh, JSON.stringify({ value, version: version + 1 }));
    if (version > 0) return renameSync(fresh, path);
    try {
      linkSync(fresh, path); // fails when there is one, where a rename replaces it
    } catch {
      throw conflict();
    } finally {
      rmSync(fresh);
    }
  }

  #path(key) {
    return join(this.#folder, createHash('sha256').update(key).digest('hex'));
  }
}
