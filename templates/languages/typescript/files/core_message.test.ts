import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidMessage, handle } from '../src/core.js';

const message = (data: unknown) => ({ id: '1', source: 'here', data });

test('says what was done, each time it is delivered', () => {
  const expected = { id: '1', source: 'here', fields: ['a', 'b'] };
  assert.deepEqual(handle(message({ b: 1, a: 2 })), expected);
  assert.deepEqual(handle(message({ b: 1, a: 2 })), expected);
});

test('refuses data that is no object', () => {
  for (const data of [null, 'text', [1], 7]) {
    assert.throws(() => handle(message(data)), InvalidMessage);
  }
});
