// With OBJECT_STORE_BUCKET set, all of it runs against that store; with files otherwise.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Conflict, connect, type Objects } from '../src/objects.js';

const folder = mkdtempSync(join(tmpdir(), 'objects-'));
process.env['DATA_FOLDER'] = folder;
const made: string[] = [];
let objects: Objects;
before(async () => {
  objects = await connect();
});
after(async () => {
  for (const key of made) await objects.delete(key);
  objects?.close();
  rmSync(folder, { recursive: true });
});

function fresh() {
  const key = `tests/${randomUUID()}`;
  made.push(key);
  return key;
}

test('keeps bytes', async () => {
  const key = fresh();
  assert.deepEqual(await objects.get(key), { data: undefined, version: undefined });
  await objects.put(key, Buffer.from([0, 255]), undefined);
  assert.deepEqual((await objects.get(key)).data, Buffer.from([0, 255]));
});

test('makes an object only once', async () => {
  const key = fresh();
  await objects.put(key, Buffer.from('1'), undefined);
  await assert.rejects(objects.put(key, Buffer.from('2'), undefined), Conflict);
});

test('refuses to overwrite what somebody else changed', async () => {
  const key = fresh();
  await objects.put(key, Buffer.from('1'), undefined);
  const { version } = await objects.get(key);
  await objects.put(key, Buffer.from('2'), version);
  await assert.rejects(objects.put(key, Buffer.from('3'), version), Conflict);
  assert.equal((await objects.get(key)).data?.toString(), '2');
});
