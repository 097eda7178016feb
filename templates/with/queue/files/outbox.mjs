// A queue between platforms: what one puts in, another takes out. QUEUE_URL=redis://HOST:6379/0 (rediss:// for TLS)
// names the server; without it the messages are files of this machine (DATA_FOLDER), to try things out: other
// machines do not see them.
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LEASE = 60; // seconds a taken message is hidden; then it is delivered again

/** Opens the queue; keep it beside the handler, so that warm invocations use its connection again. */
export async function connect(url = process.env.QUEUE_URL) {
  if (!url) return new Files(join(process.env.DATA_FOLDER || tmpdir(), '<%name%>-queue'));
  const { createClient } = await import('redis');
  const client = createClient({ url, socket: { connectTimeout: 5000 } });
  client.on('error', (problem) => console.error(problem.message));
  await client.connect();
  try {
    await client.xGroupCreate(KEY, GROUP, '0', { MKSTREAM: true });
  } catch (problem) {
    if (!problem.message.includes('BUSYGROUP')) throw problem; // somebody made it before
  }
  return new Stream(client);
}

const KEY = '<%name%>:queue';
const GROUP = 'workers';

/** A Redis stream with one group of consumers: every message goes to one of them. */
class Stream {
  #client;
  #consumer = randomUUID();

  constructor(client) {
    this.#client = client;
  }

  close() {
    return this.#client.close();
  }

  /** Puts one message in and returns its id. */
  async send(data) {
    const id = randomUUID();
    await this.#client.xAdd(KEY, '*', { id, data: JSON.stringify(data) });
    return id;
  }

  /** One message `{id, data, receipt}`, hidden from others for `lease` seconds; undefined when there is none. */
  async take(lease = LEASE) {
    const late = await this.#client.xAutoClaim(KEY, GROUP, this.#consumer, lease * 1000, '0', { COUNT: 1 });
    let [entry] = late.messages.filter((message) => message !== null);
    if (entry === undefined) {
      const from = { key: KEY, id: '>' };
      const fresh = await this.#client.xReadGroup(GROUP, this.#consumer, from, { COUNT: 1 });
      entry = fresh?.[0]?.messages[0];
    }
    if (entry === undefined) return undefined;
    return { id: entry.message.id, data: JSON.parse(entry.message.data), receipt: entry.id };
  }

  /** Takes the message out for good. */
  async done({ receipt }) {
    await this.#client.xAck(KEY, GROUP, receipt);
    await this.#client.xDel(KEY, receipt);
  }
}

/** A file a message; its name says when it may be taken, so a rename takes it. */
class Files {
  #folder;
  #sent = 0;

  constructor(folder) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  async close() {}

  async send(data) {
    const id = randomUUID();
    writeFileSync(join(this.#folder, `.${id}`), JSON.stringify(data));
    // The count keeps the order of what is sent within a millisecond.
    this.#sent += 1;
    renameSync(join(this.#folder, `.${id}`), join(this.#folder, name(Date.now(), this.#sent, id)));
    return id;
  }

  async take(lease = LEASE) {
    for (const file of readdirSync(this.#folder).filter((file) => /^\d/.test(file)).sort()) {
      const [since, , ...id] = file.split('-');
      if (Number(since) > Date.now()) return undefined;
      const receipt = name(Date.now() + lease * 1000, 0, id.join('-'));
      try {
        renameSync(join(this.#folder, file), join(this.#folder, receipt));
      } catch (problem) {
        if (problem.code === 'ENOENT') continue; // somebody was faster
        throw problem;
      }
      const data = JSON.parse(readFileSync(join(this.#folder, receipt), 'utf8'));
      return { id: id.join('-'), data, receipt };
    }
    return undefined;
  }

  async done({ receipt }) {
    rmSync(join(this.#folder, receipt), { force: true });
  }
}

function name(milliseconds, count, id) {
  return `${String(Math.ceil(milliseconds)).padStart(16, '0')}-${String(count).padStart(8, '0')}-${id}`;
}
