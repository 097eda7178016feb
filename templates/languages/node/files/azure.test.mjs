import assert from 'node:assert/strict';
import { test } from 'node:test';
<%if trigger != "http"%>
import { sample } from '../events/sample.mjs';
<%end%>

const library = await import('@azure/functions').catch(() => undefined);
const options = { skip: library === undefined && '@azure/functions is missing: npm install' };
const { handler } = library === undefined ? {} : await import('../src/azure.mjs');

<%if trigger == "http"%>
const context = { info() {} };

function request(query, body) {
  const method = body === undefined ? 'GET' : 'POST';
  const url = `http://localhost/<%name%>${query}`;
  return new library.default.HttpRequest({ method, url, body: body && { string: body } });
}

test('answers a request', options, async () => {
  const expected = { status: 200, jsonBody: { message: 'Hello, Ada!' } };
  assert.deepEqual(await handler(request('?name=Ada'), context), expected);
  assert.deepEqual(await handler(request('', '{"name": "Ada"}'), context), expected);
});

test('refuses a request it cannot use', options, async () => {
  assert.equal((await handler(request('?name=%20'), context)).status, 400);
});
<%else%>
function contextOf(event) {
  const lines = [];
  const metadata = Object.entries(event.Metadata);
  return {
    lines,
    invocationId: event.Metadata.sys.RandGuid,
    // The library begins the names of the host's metadata with a small letter.
    triggerMetadata: Object.fromEntries(
      metadata.map(([name, value]) => [name[0].toLowerCase() + name.slice(1), value]),
    ),
    info: (line) => lines.push(line),
  };
}

test('handles the event', options, async () => {
  const event = sample('azure-<%trigger%>');
  const context = contextOf(event);
<%if trigger == "schedule"%>
  await handler({ isPastDue: event.Data.timer.IsPastDue }, context);
  assert.deepEqual(context.lines[0].fields, ['pastDue']);
<%elif trigger == "queue"%>
  await handler(JSON.parse(event.Data.message), context);
  assert.equal(context.lines[0].id, event.Metadata.Id);
<%elif trigger == "storage"%>
  await handler(Buffer.from(event.Data.blob), context);
  assert.equal(context.lines[0].id, event.Metadata.Uri);
<%elif trigger == "event"%>
  await handler(event.Data.event, context);
  assert.equal(context.lines[0].id, event.Data.event.id);
<%else%>
  await handler(event.Data.documents, context);
  assert.equal(context.lines.length, event.Data.documents.length);
<%end%>
});
<%if trigger == "queue"%>

test('fails for a message it cannot use', options, async () => {
  const event = sample('azure-queue-poison');
  // The library hands on what is not JSON as text.
  await assert.rejects(handler(event.Data.message, contextOf(event)));
});
<%end%>
<%end%>
