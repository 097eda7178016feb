import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import '../src/gcp.js';
<%if trigger != "http"%>
import { sample } from './sample.js';
<%end%>

const server = getTestServer('<%name%>');
await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
after(() => server.close());

async function call(path: string, options?: RequestInit): Promise<Response> {
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, options);
}

<%if trigger == "http"%>
test('answers a request', async () => {
  const answer = await call('/<%name%>?name=Ada');
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { message: 'Hello, Ada!' });
});

test('refuses a request it cannot use', async () => {
  assert.equal((await call('/<%name%>', { method: 'POST', body: 'no JSON' })).status, 400);
});
<%else%>
async function send(event: unknown): Promise<Response> {
  return call('/', {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  });
}

test('handles the event', async () => {
  assert.ok((await send(sample('gcp-<%trigger%>'))).ok);
});
<%if trigger == "queue"%>

test('fails for a message it cannot read', async () => {
  assert.equal((await send(sample('gcp-queue-poison'))).status, 500);
});
<%end%>
<%end%>
