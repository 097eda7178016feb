import assert from 'node:assert/strict';
import { test } from 'node:test';
<%if trigger == "http"%>
import azure from '@azure/functions';
import { handler } from '../src/azure.js';

const context = new azure.InvocationContext({ functionName: '<%name%>', invocationId: '1' });

function request(query: string, body?: string): azure.HttpRequest {
  const method = body === undefined ? 'GET' : 'POST';
  const url = `http://localhost/<%name%>${query}`;
  return new azure.HttpRequest(body === undefined ? { method, url } : { method, url, body: { string: body } });
}

test('answers a request', async () => {
  const expected = { status: 200, jsonBody: { message: 'Hello, Ada!' } };
  assert.deepEqual(await handler(request('?name=Ada'), context), expected);
  assert.deepEqual(await handler(request('', '{"name": "Ada"}'), context), expected);
});

test('refuses a request it cannot use', async () => {
  assert.equal((await handler(request('?name=%20'), context)).status, 400);
});
<%else%>
import azure from '@azure/functions';
import { handler } from '../src/azure.js';
import { sample } from './sample.js';

interface Call {
  Data: Record<string, unknown>;
  Metadata: Record<string, unknown>;
}

function contextOf(event: Call, lines: unknown[]): azure.InvocationContext {
  // The library begins the names of the host's metadata with a small letter.
  const metadata = Object.entries(event.Metadata).map(([name, value]) => [
    name.charAt(0).toLowerCase() + name.slice(1),
    value,
  ]);
  return new azure.InvocationContext({
    functionName: '<%name%>',
    invocationId: '1',
    triggerMetadata: Object.fromEntries(metadata),
    logHandler: (_level, ...words) => lines.push(...words),
  });
}

test('handles the event', async () => {
  const event = sample<Call>('azure-<%trigger%>');
  const lines: unknown[] = [];
  const context = contextOf(event, lines);
<%if trigger == "schedule"%>
  const timer = { isPastDue: false, schedule: { adjustForDST: true }, scheduleStatus: { last: '', next: '', lastUpdated: '' } };
  await handler(timer, context);
<%elif trigger == "queue"%>
  await handler(JSON.parse(event.Data['message'] as string), context);
<%elif trigger == "storage"%>
  await handler(Buffer.from(event.Data['blob'] as string), context);
<%elif trigger == "event"%>
  await handler(event.Data['event'] as Parameters<typeof handler>[0], context);
<%else%>
  await handler(event.Data['documents'] as unknown[], context);
<%end%>
  assert.equal(lines.length, <%if trigger == "stream"%>2<%else%>1<%end%>);
});
<%if trigger == "queue"%>

test('fails for a message it cannot use', async () => {
  const event = sample<Call>('azure-queue-poison');
  // The library hands on what is not JSON as text.
  await assert.rejects(handler(event.Data['message'], contextOf(event, [])), /is not an object/);
});
<%end%>
<%end%>
