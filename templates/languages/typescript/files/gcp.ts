// Adapter for Google Cloud Functions.
<%if trigger == "http"%>
import { http } from '@google-cloud/functions-framework';
import { respond } from './core.js';

http('<%name%>', (request, response) => {
  const name = request.query['name'];
  const query = typeof name === 'string' ? { name } : {};
  const { status, answer } = respond(query, request.rawBody?.toString('utf8'));
  console.info(JSON.stringify({ severity: 'INFO', status }));
  response.status(status).json(answer);
});
<%else%>
import { type CloudEvent, cloudEvent } from '@google-cloud/functions-framework';
import { type Done, handle } from './core.js';

function log(done: Done): void {
  console.info(JSON.stringify({ severity: 'INFO', ...done }));
}

<%if trigger == "queue"%>
interface Push {
  message: { data: string; messageId: string };
}

// An exception is answered with 500, and Pub/Sub delivers the message again.
cloudEvent('<%name%>', ({ source, data: push }: CloudEvent<Push>) => {
  if (push === undefined) throw new Error('the event has no data');
  const data: unknown = JSON.parse(Buffer.from(push.message.data, 'base64').toString('utf8'));
  log(handle({ id: push.message.messageId, source, data }));
});
<%elif trigger == "schedule"%>
cloudEvent('<%name%>', ({ id, source, time }: CloudEvent<unknown>) => {
  log(handle({ id, source, data: { time } }));
});
<%elif trigger == "storage"%>
interface StoredObject {
  id: string;
  bucket: string;
  name: string;
  size: string;
}

cloudEvent('<%name%>', ({ source, data: stored }: CloudEvent<StoredObject>) => {
  if (stored === undefined) throw new Error('the event has no data');
  const data = { bucket: stored.bucket, key: stored.name, size: Number(stored.size) };
  log(handle({ id: stored.id, source, data }));
});
<%elif trigger == "event"%>
cloudEvent('<%name%>', ({ id, source, data }: CloudEvent<unknown>) => {
  log(handle({ id, source, data }));
});
<%else%>
interface Change {
  value?: unknown;
  oldValue?: unknown;
}

cloudEvent('<%name%>', ({ id, source, data: change }: CloudEvent<Change>) => {
  log(handle({ id, source, data: { new: change?.value, old: change?.oldValue } }));
});
<%end%>
<%end%>
