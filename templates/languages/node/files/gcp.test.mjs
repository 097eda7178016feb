import assert from 'node:assert/strict';
import { after, test } from 'node:test';
<%if trigger != "http"%>
import { sample } from '../events/sample.mjs';
<%end%>

const framework = await import('@google-cloud/functions-framework/testing').catch(() => undefined);
const skip = framework === undefined && '@google-cloud/functions-framework is missing: npm install';
let server;
if (!skip) {
  await import('../src/gcp.mjs');
  server = framework.getTestServer('<%name%>');
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
}
after(() => server?.close());

async function call(path, options) {
  return fetch(`http://127.0.0.1:${server.address().port}${path}`, options);
}

<%if trigger == "http"%>
test('answers a request', { skip }, async () => {
  const answer = await call('/<%name%>?name=Ada');
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { message: 'Hello, Ada!' });
});

test('refuses a request it cannot use', { skip }, async () => {
  const answer = await call('/<%name%>', { method: 'POST', body: 'no JSON' });
  assert.equal(answer.status, 400);
});
<%else%>
async function send(event) {
  return call('/', {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  });
}

test('handles the event', { skip }, async () => {
  assert.ok((await send(sample('gcp-<%trigger%>'))).ok);
});
<%if trigger == "queue"%>

test('fails for a message it cannot read', { skip }, async () => {
  assert.equal((await send(sample('gcp-queue-poison'))).status, 500);
});
<%end%>
<%end%>
