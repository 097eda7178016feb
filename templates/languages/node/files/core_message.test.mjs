import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidMessage, handle } from '../src/core.mjs';

const message = (data) => ({ id: '1', source: 'here', data });

test('says what was done', () => {
  const done = handle(message({ b: 1, a: 2 }));
  assert.deepEqual(done, { id: '1', source: 'here', fields: ['a', 'b'] });
});

test('does the same when delivered again', () => {
  assert.deepEqual(handle(message({ a: 1 })), handle(message({ a: 1 })));
});

test('refuses data that is no object', () => {
  for (const data of [null, 'text', [1], 7]) {
    assert.throws(() => handle(message(data)), InvalidMessage);
  }
});
