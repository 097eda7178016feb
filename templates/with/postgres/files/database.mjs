// Data that the platforms share. DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME names the server; without it
// the data is in files of this machine (DATA_FOLDER), to try things out: other machines do not see them, and what
// `work` put before it failed stays there.
import { mkdirSync, readFileSync, rmSync, writeFileSync, linkSync, renameSync } from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Somebody else changed the item since it was read: read it again and decide anew. */
export class Conflict extends Error {}

/** Opens the shared data; keep it beside the handler, so that warm invocations use it again. */
export async function open(url = process.env.DATABASE_URL) {
  if (!url) return new FileDatabase(join(process.env.DATA_FOLDER ?? tmpdir(), '<%name%>'));
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  // Two first calls at once would both create the tables, and one of them would fail.
  await client.query('SELECT pg_advisory_lock(7238)');
  try {
    await client.query('CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY)');
    await client.query(
      'CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, version BIGINT NOT NULL, value TEXT NOT NULL)',
    );
  } finally {
    await client.query('SELECT pg_advisory_unlock(7238)');
  }
  return new PostgresDatabase(client);
}

class PostgresDatabase {
  #client;

  constructor(client) {
    this.#client = client;
  }

  close() {
    return this.#client.end();
  }

  /**
   * Calls `work()` unless it was done for this id; says whether it called it. The mark and what `work` puts here
   * are one transaction: both are kept or, when `work` throws, neither, and the message may be delivered again. A
   * second delivery that comes meanwhile waits.
   */
  async once(id, work) {
    await this.#client.query('BEGIN');
    try {
      const mark = await this.#client.query('INSERT INTO done VALUES ($1) ON CONFLICT DO NOTHING', [id]);
      if (mark.rowCount === 1) await work();
      await this.#client.query('COMMIT');
      return mark.rowCount === 1;
    } catch (problem) {
      await this.#client.query('ROLLBACK');
      throw problem;
    }
  }

  /** The value of `key` and its version: undefined and 0 when there is none. */
  async get(key) {
    const { rows } = await this.#client.query('SELECT value, version FROM items WHERE key = $1', [key]);
    if (rows.length === 0) return { value: undefined, version: 0 };
    return { value: JSON.parse(rows[0].value), version: Number(rows[0].version) };
  }

  /** Replaces what `get` gave with `version`; throws Conflict when it is no longer that. */
  async put(key, value, version) {
    const text = JSON.stringify(value);
    const { rowCount } =
      version === 0
        ? await this.#client.query('INSERT INTO items VALUES ($1, 1, $2) ON CONFLICT DO NOTHING', [key, text])
        : await this.#client.query(
            'UPDATE items SET value = $1, version = version + 1 WHERE key = $2 AND version = $3',
            [text, key, version],
          );
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
