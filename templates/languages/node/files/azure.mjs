// Adapter for Azure Functions.
import { app } from '@azure/functions';
<%if trigger == "http"%>
import { respond } from './core.mjs';

export async function handler(request, context) {
  const { status, answer } = respond(Object.fromEntries(request.query), await request.text());
  context.info(`answered ${status}`);
  return { status, jsonBody: answer };
}

app.http('<%name%>', {
  methods: ['GET', 'POST'],
  authLevel: 'function',
  route: '<%name%>',
  handler,
});
<%else%>
import { handle } from './core.mjs';

<%if trigger == "schedule"%>
export async function handler(timer, context) {
  const data = { pastDue: timer.isPastDue };
  context.info(handle({ id: context.invocationId, source: 'timer', data }));
}

app.timer('<%name%>', { schedule: '0 */5 * * * *', handler });
<%elif trigger == "queue"%>
/** An exception leaves the message in the queue; after five it goes to <%name%>-poison. */
export async function handler(message, context) {
  context.info(handle({ id: context.triggerMetadata.id, source: '<%name%>', data: message }));
}

app.storageQueue('<%name%>', {
  queueName: '<%name%>',
  connection: 'AzureWebJobsStorage',
  handler,
});
<%elif trigger == "storage"%>
export async function handler(blob, context) {
  const { uri, name } = context.triggerMetadata;
  const data = { name, uri, size: blob.length };
  context.info(handle({ id: uri, source: '<%name%>', data }));
}

app.storageBlob('<%name%>', {
  path: '<%name%>/{name}',
  source: 'EventGrid',
  connection: 'AzureWebJobsStorage',
  handler,
});
<%elif trigger == "event"%>
export async function handler(event, context) {
  context.info(handle({ id: event.id, source: event.topic ?? event.source, data: event.data }));
}

app.eventGrid('<%name%>', { handler });
<%else%>
export async function handler(documents, context) {
  for (const document of documents) {
    // The etag differs for each version of a document.
    const id = `${document.id}@${document._etag}`;
    context.info(handle({ id, source: '<%name%>', data: document }));
  }
}

app.cosmosDB('<%name%>', {
  databaseName: '<%name%>',
  containerName: 'items',
  connection: 'CosmosConnection',
  createLeaseContainerIfNotExists: true,
  handler,
});
<%end%>
<%end%>
