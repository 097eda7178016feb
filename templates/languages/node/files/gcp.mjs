// Adapter for Google Cloud Functions.
<%if trigger == "http"%>
import { http } from '@google-cloud/functions-framework';
import { respond } from './core.mjs';

http('<%name%>', (request, response) => {
  const body = request.rawBody?.toString('utf8');
  const { status, answer } = respond(request.query, body);
  console.info(JSON.stringify({ severity: 'INFO', status }));
  response.status(status).json(answer);
});
<%else%>
import { cloudEvent } from '@google-cloud/functions-framework';
import { handle } from './core.mjs';

<%if trigger == "queue"%>
// An exception is answered with 500, and Pub/Sub delivers the message again.
cloudEvent('<%name%>', ({ source, data: { message } }) => {
  const data = JSON.parse(Buffer.from(message.data, 'base64').toString('utf8'));
  log(handle({ id: message.messageId, source, data }));
});
<%elif trigger == "schedule"%>
cloudEvent('<%name%>', ({ id, source, time }) => {
  log(handle({ id, source, data: { time } }));
});
<%elif trigger == "storage"%>
cloudEvent('<%name%>', ({ source, data: stored }) => {
  const data = { bucket: stored.bucket, key: stored.name, size: Number(stored.size) };
  log(handle({ id: stored.id, source, data }));
});
<%elif trigger == "event"%>
cloudEvent('<%name%>', ({ id, source, data }) => {
  log(handle({ id, source, data }));
});
<%else%>
cloudEvent('<%name%>', ({ id, source, data: { value, oldValue } }) => {
  log(handle({ id, source, data: { new: value, old: oldValue } }));
});
<%end%>

function log(done) {
  console.info(JSON.stringify({ severity: 'INFO', ...done }));
}
<%end%>
