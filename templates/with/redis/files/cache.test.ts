// With REDIS_URL set, all of it runs against that server; with files otherwise.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Busy, Cache, connect } from '../src/cache.js';

const folder = mkdtempSync(join(tmpdir(), 'cache-'));
process.env['DATA_FOLDER'] = folder;
let cache: Cache;
let other: Cache;
before(async () => {
  cache = await connect();
  other = await connect();
});
after(async () => {
  await cache?.close();
  await other?.close();
  rmSync(folder, { recursive: true });
});

test('does the work of a message once', async () => {
  const id = randomUUID();
  let calls = 0;
  assert.equal(await cache.once(id, async () => (calls += 1)), true);
  assert.equal(await other.once(id, async () => (calls += 1)), false);
  assert.equal(calls, 1);
});

test('does it again when it failed', async () => {
  const id = randomUUID();
  await assert.rejects(cache.once(id, () => Promise.reject(new Error('no'))));
  assert.equal(await cache.once(id, async () => {}), true);
});

test('puts off a delivery that comes meanwhile', async () => {
  const id = randomUUID();
  await cache.once(id, () => assert.rejects(other.once(id, assert.fail), Busy));
});

test('forgets a value in time', async () => {
  const key = randomUUID();
  await cache.put(key, { a: 1 }, 1);
  assert.deepEqual(await other.get(key), { a: 1 });
  await setTimeout(1100);
  assert.equal(await cache.get(key), undefined);
});
