import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONGEST_NAME, respond } from '../src/core.js';

const hello = (name: string) => ({ status: 200, answer: { message: `Hello, ${name}!` } });

test('greets the name of the query', () => {
  assert.deepEqual(respond({ name: 'Ada' }), hello('Ada'));
});

test('greets the name of the body', () => {
  assert.deepEqual(respond({}, '{"name": "Ada"}'), hello('Ada'));
});

test('greets the world without a name', () => {
  assert.deepEqual(respond({}), hello('world'));
});

test('refuses what is no name', () => {
  assert.equal(respond({ name: ' ' }).status, 400);
  assert.equal(respond({ name: 'x'.repeat(LONGEST_NAME + 1) }).status, 400);
  for (const body of ['{', '[]', '{"name": 1}']) assert.equal(respond({}, body).status, 400);
});
