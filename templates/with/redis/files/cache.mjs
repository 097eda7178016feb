// Data that the platforms share for a while. REDIS_URL=redis://HOST:6379/0 (rediss:// for TLS) names the server;
// without it the data is in files of this machine (DATA_FOLDER), to try things out: other machines do not see them.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LEASE = 60; // seconds one delivery may work; longer than the function's timeout
const KEPT = 14 * 24 * 3600; // seconds a finished id is remembered: as long as a queue may deliver it again

// Only who holds the lease may end it: after a pause it may be somebody else's.
const FINISH = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('set', KEYS[1], 'done', 'EX', ARGV[2]) end`;
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end`;

/** Another delivery of the same message is being worked on: fail, to have it delivered later. */
export class Busy extends Error {}

/** Opens the cache; keep it beside the handler, so that warm invocations use its connection again. */
export async function connect(url = process.env.REDIS_URL) {
  if (!url) return new Cache(new Files(join(process.env.DATA_FOLDER || tmpdir(), '<%name%>-cache')));
  const { createClient } = await import('redis');
  const client = createClient({ url, socket: { connectTimeout: 5000 } });
  client.on('error', (problem) => console.error(problem.message));
  await client.connect();
  return new Cache(new Server(client));
}

class Cache {
  #store;

  constructor(store) {
    this.#store = store;
  }

  close() {
    return this.#store.close();
  }

  /** Calls `work()` unless it was done for this id; says whether it called it. */
  async once(id, work) {
    const key = `<%name%>:done:${id}`;
    const token = randomUUID();
    const held = await this.#store.claim(key, token, LEASE);
    if (held === 'done') return false;
    if (held !== undefined) throw new Busy(id);
    try {
      await work();
    } catch (problem) {
      await this.#store.release(key, token);
      throw problem;
    }
    await this.#store.finish(key, token, KEPT);
    return true;
  }

  /** The value of `key`; undefined when there is none (any more). */
  async get(key) {
    const text = await this.#store.get(`<%name%>:${key}`);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Keeps the value for so many seconds. */
  async put(key, value, seconds) {
    await this.#store.put(`<%name%>:${key}`, JSON.stringify(value), seconds);
  }
}

class Server {
  #client;

  constructor(client) {
    this.#client = client;
  }

  close() {
    return this.#client.close();
  }

  /** Undefined when the key is now this token's; else what holds it. */
  async claim(key, token, seconds) {
    while ((await this.#client.set(key, token, { NX: true, EX: seconds })) === null) {
      const held = await this.#client.get(key);
      if (held !== null) return held; // it may have run out between the two commands
    }
    return undefined;
  }

  finish(key, token, seconds) {
    return this.#client.eval(FINISH, { keys: [key], arguments: [token, String(seconds)] });
  }

  release(key, token) {
    return this.#client.eval(RELEASE, { keys: [key], arguments: [token] });
  }

  async get(key) {
    return (await this.#client.get(key)) ?? undefined;
  }

  put(key, text, seconds) {
    return this.#client.set(key, text, { EX: seconds });
  }
}

class Files {
  #folder;

  constructor(folder) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  async close() {}

  async claim(key, token, seconds) {
    const held = await this.get(key);
    if (held !== undefined) return held;
    rmSync(this.#path(key), { force: true });
    try {
      writeFileSync(this.#path(key), entry(token, seconds), { flag: 'wx' });
    } catch (problem) {
      if (problem.code !== 'EEXIST') throw problem;
      return 'somebody';
    }
    return undefined;
  }

  async finish(key, token, seconds) {
    if ((await this.get(key)) === token) await this.put(key, 'done', seconds);
  }

  async release(key, token) {
    if ((await this.get(key)) === token) rmSync(this.#path(key));
  }

  async get(key) {
    try {
      const { text, until } = JSON.parse(readFileSync(this.#path(key), 'utf8'));
      return until > Date.now() ? text : undefined;
    } catch (problem) {
      if (problem.code === 'ENOENT' || problem instanceof SyntaxError) return undefined;
      throw problem;
    }
  }

  async put(key, text, seconds) {
    const fresh = this.#path(randomUUID());
    writeFileSync(fresh, entry(text, seconds));
    renameSync(fresh, this.#path(key));
  }

  #path(key) {
    return join(this.#folder, createHash('sha256').update(key).digest('hex'));
  }
}

function entry(text, seconds) {
  return JSON.stringify({ text, until: Date.now() + seconds * 1000 });
}
