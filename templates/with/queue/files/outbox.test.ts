// With QUEUE_URL set, all of it runs against that server; with files otherwise.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { connect, type Queue } from '../src/outbox.js';

const folder = mkdtempSync(join(tmpdir(), 'outbox-'));
process.env['DATA_FOLDER'] = folder;
let queue: Queue;
let other: Queue;
before(async () => {
  queue = await connect();
  other = await connect();
});
beforeEach(async () => {
  let left;
  while ((left = await queue.take(0)) !== undefined) await queue.done(left);
});
after(async () => {
  await queue?.close();
  await other?.close();
  rmSync(folder, { recursive: true });
});

test('gives each message to one, in the order they came', async () => {
  const ids: string[] = [];
  for (const n of [0, 1, 2]) ids.push(await queue.send({ n }));
  const taken = [await queue.take(), await other.take(), await queue.take()];
  assert.deepEqual(taken.map((message) => message?.id), ids);
  assert.deepEqual(taken.map((message) => message?.data), [{ n: 0 }, { n: 1 }, { n: 2 }]);
  assert.equal(await other.take(), undefined);
});

test('forgets what is done', async () => {
  await queue.send({ n: 1 });
  const taken = await queue.take(0.01);
  assert.ok(taken);
  await queue.done(taken);
  await setTimeout(50);
  assert.equal(await other.take(0.01), undefined);
});

test('delivers again what is not done in time', async () => {
  const id = await queue.send({ n: 1 });
  assert.equal((await queue.take(0.01))?.id, id);
  await setTimeout(50);
  const again = await other.take(0.01);
  assert.deepEqual([again?.id, again?.data], [id, { n: 1 }]);
});
