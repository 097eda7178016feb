// Adapter for Azure Functions.
<%if trigger == "http"%>
import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import { respond } from './core.js';

export async function handler(
  request: HttpRequest,
  context: InvocationContext,
): Promise<HttpResponseInit> {
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
<%elif trigger == "schedule"%>
import { app, type InvocationContext, type Timer } from '@azure/functions';
import { handle } from './core.js';

export async function handler(timer: Timer, context: InvocationContext): Promise<void> {
  const data = { pastDue: timer.isPastDue };
  context.info(handle({ id: context.invocationId, source: 'timer', data }));
}

app.timer('<%name%>', { schedule: '0 */5 * * * *', handler });
<%elif trigger == "queue"%>
import { app, type InvocationContext } from '@azure/functions';
import { handle } from './core.js';

/** An exception leaves the message in the queue; after five it goes to <%name%>-poison. */
export async function handler(message: unknown, context: InvocationContext): Promise<void> {
  const id = String(context.triggerMetadata?.['id']);
  context.info(handle({ id, source: '<%name%>', data: message }));
}

app.storageQueue('<%name%>', {
  queueName: '<%name%>',
  connection: 'AzureWebJobsStorage',
  handler,
});
<%elif trigger == "storage"%>
import { app, type InvocationContext } from '@azure/functions';
import { handle } from './core.js';

export async function handler(blob: unknown, context: InvocationContext): Promise<void> {
  const uri = String(context.triggerMetadata?.['uri']);
  const size = Buffer.isBuffer(blob) ? blob.length : undefined;
  const data = { name: context.triggerMetadata?.['name'], uri, size };
  context.info(handle({ id: uri, source: '<%name%>', data }));
}

app.storageBlob('<%name%>', {
  path: '<%name%>/{name}',
  source: 'EventGrid',
  connection: 'AzureWebJobsStorage',
  handler,
});
<%elif trigger == "event"%>
import { app, type EventGridEvent, type InvocationContext } from '@azure/functions';
import { handle } from './core.js';

export async function handler(event: EventGridEvent, context: InvocationContext): Promise<void> {
  context.info(handle({ id: event.id, source: event.topic, data: event.data }));
}

app.eventGrid('<%name%>', { handler });
<%else%>
import { app, type InvocationContext } from '@azure/functions';
import { handle } from './core.js';

export async function handler(documents: unknown[], context: InvocationContext): Promise<void> {
  for (const document of documents as { id: string; _etag: string }[]) {
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
