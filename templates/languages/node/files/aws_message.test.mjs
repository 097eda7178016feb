import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handler } from '../src/aws.mjs';
<%if trigger == "event"%>
import { InvalidMessage } from '../src/core.mjs';
<%end%>
import { sample } from '../events/sample.mjs';

test('handles the event', async (t) => {
  const log = t.mock.method(console, 'info', () => {});
  const answer = await handler(sample('aws-<%trigger%>'));
<%if trigger == "queue" or trigger == "stream"%>
  assert.deepEqual(answer, { batchItemFailures: [] });
  assert.equal(log.mock.callCount(), 2);
<%else%>
  assert.equal(answer, undefined);
  assert.equal(log.mock.callCount(), 1);
<%end%>
<%if trigger == "storage"%>
  assert.match(log.mock.calls[0].arguments[0].id, /^photos\/happy face\.jpg@/);
<%end%>
});
<%if trigger == "queue"%>

test('names only the message that failed', async (t) => {
  t.mock.method(console, 'error', () => {});
  const event = sample('aws-queue-poison');
  const itemIdentifier = event.Records[1].messageId;
  assert.deepEqual(await handler(event), { batchItemFailures: [{ itemIdentifier }] });
});
<%elif trigger == "event"%>

test('fails for an event it cannot use', async () => {
  await assert.rejects(handler(sample('aws-event-poison')), InvalidMessage);
});
<%end%>
