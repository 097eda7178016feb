import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONGEST_NAME, respond } from '../src/core.mjs';

const hello = (name) => ({ status: 200, answer: { message: `Hello, ${name}!` } });

test('greets the name of the query', () => {
  assert.deepEqual(respond({ name: 'Ada' }), hello('Ada'));
});

test('greets the name of the body', () => {
  assert.deepEqual(respond({}, '{"name": "Ada"}'), hello('Ada'));
});

test('greets the world without a name', () => {
  assert.deepEqual(respond({}), hello('world'));
});

for (const [query, body] of [
  [{ name: ' ' }],
  [{ name: 'x'.repeat(LONGEST_NAME + 1) }],
  [{}, '{'],
  [{}, '[]'],
  [{}, '{"name": 1}'],
]) {
  test(`refuses ${JSON.stringify([query, body]).slice(0, 40)}`, () => {
    const { status, answer } = respond(query, body);
    assert.equal(status, 400);
    assert.ok(answer.error);
  });
}
