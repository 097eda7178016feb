import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handler } from '../src/aws.mjs';
import { sample } from '../events/sample.mjs';

test('answers a request', async () => {
  const answer = await handler(sample('aws-http'));
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(JSON.parse(answer.body), { message: 'Hello, Ada!' });
});

test('reads the body, encoded or not', async () => {
  const event = sample('aws-http-post');
  assert.deepEqual(JSON.parse((await handler(event)).body), { message: 'Hello, Grace!' });
  event.body = Buffer.from(event.body).toString('base64');
  event.isBase64Encoded = true;
  assert.deepEqual(JSON.parse((await handler(event)).body), { message: 'Hello, Grace!' });
});

test('refuses a request it cannot use', async () => {
  assert.equal((await handler(sample('aws-http-invalid'))).statusCode, 400);
});
