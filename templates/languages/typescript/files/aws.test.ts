import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handler } from '../src/aws.js';
import { sample } from './sample.js';

type Event = Parameters<typeof handler>[0];

<%if trigger == "http"%>
test('answers a request', async () => {
  const answer = await handler(sample<Event>('aws-http'));
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.body, '{"message":"Hello, Ada!"}');
});

test('reads the body, encoded or not', async () => {
  const event = sample<Event>('aws-http-post');
  const encoded = Buffer.from(event.body ?? '').toString('base64');
  for (const each of [event, { ...event, body: encoded, isBase64Encoded: true }]) {
    assert.equal((await handler(each)).body, '{"message":"Hello, Grace!"}');
  }
});

test('refuses a request it cannot use', async () => {
  assert.equal((await handler(sample<Event>('aws-http-invalid'))).statusCode, 400);
});
<%else%>
test('handles the event', async (t) => {
  const log = t.mock.method(console, 'info', () => {});
<%if trigger == "queue" or trigger == "stream"%>
  assert.deepEqual(await handler(sample<Event>('aws-<%trigger%>')), { batchItemFailures: [] });
  assert.equal(log.mock.callCount(), 2);
<%else%>
  await handler(sample<Event>('aws-<%trigger%>'));
  assert.equal(log.mock.callCount(), 1);
<%end%>
});
<%if trigger == "queue"%>

test('names only the message that failed', async (t) => {
  t.mock.method(console, 'error', () => {});
  const event = sample<Event>('aws-queue-poison');
  const itemIdentifier = event.Records[1]?.messageId;
  assert.deepEqual(await handler(event), { batchItemFailures: [{ itemIdentifier }] });
});
<%elif trigger == "event"%>

test('fails for an event it cannot use', async () => {
  await assert.rejects(handler(sample<Event>('aws-event-poison')), /is not an object/);
});
<%end%>
<%end%>
