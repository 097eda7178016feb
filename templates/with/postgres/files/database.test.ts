// With DATABASE_URL set, all of it runs against that server; with files otherwise.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Conflict, open, type Database } from '../src/database.js';

const folder = mkdtempSync(join(tmpdir(), 'database-'));
process.env['DATA_FOLDER'] = folder;
let database: Database;
let other: Database;
before(async () => {
  database = await open();
  other = await open();
});
after(async () => {
  await database?.close();
  await other?.close();
  rmSync(folder, { recursive: true });
});

test('does the work of a message once', async () => {
  const id = randomUUID();
  let calls = 0;
  assert.equal(await database.once(id, async () => (calls += 1)), true);
  assert.equal(await other.once(id, async () => (calls += 1)), false);
  assert.equal(calls, 1);
});

test('does it again when it failed', async () => {
  const id = randomUUID();
  await assert.rejects(database.once(id, () => Promise.reject(new Error('no'))));
  assert.equal(await database.once(id, async () => {}), true);
});

test('undoes nothing that was done meanwhile', async () => {
  const id = randomUUID();
  const failing = database.once(`${id}-failing`, async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    throw new Error('no');
  });
  const done = database.once(id, () => database.put(id, 1, 0));
  await assert.rejects(failing);
  await done;
  assert.equal((await other.get(id)).version, 1);
});

test('refuses to overwrite what somebody else changed', async () => {
  const key = randomUUID();
  await database.put(key, { stock: 2 }, 0);
  const { version } = await database.get(key);
  await other.put(key, { stock: 1 }, version);
  await assert.rejects(database.put(key, { stock: 1 }, version), Conflict);
  assert.deepEqual(await database.get(key), { value: { stock: 1 }, version: version + 1 });
});
