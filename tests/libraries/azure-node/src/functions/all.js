const {app, input, output} = require('@azure/functions');

const orders = output.storageQueue({queueName: 'orders', connection: 'C'});

app.http('hello', {
  methods: ['GET', 'POST'], authLevel: 'function', route: 'items/{id:int}', extraOutputs: [orders],
  handler: async (request, context) => {
    context.log('method', request.method, process.env.GREETING);
    context.extraOutputs.set(orders, {order: request.params.id});
    const body = request.method === 'POST' ? await request.json() : null;
    return {status: 201, jsonBody: {id: request.params.id, name: request.query.get('name'), body}, headers: {'x-test': 'yes'}};
  },
});
app.http('any', {route: '{*rest}', handler: async (request) => ({body: `rest ${request.params.rest}`})});
app.timer('tick', {schedule: '0 */5 * * * *', handler: (timer, context) => context.log('past due', timer.isPastDue, Boolean(timer.scheduleStatus.next))});
app.storageQueue('work', {
  queueName: 'in', connection: 'C', return: output.storageQueue({queueName: 'out', connection: 'C'}),
  handler: (message, context) => {
    context.log('message', JSON.stringify(message), 'dequeue', context.triggerMetadata.dequeueCount);
    if (message.fail) throw new TypeError(`cannot ${message.fail}`);
    return {done: message};
  },
});
app.serviceBusQueue('bus', {queueName: 'b', connection: 'C', cardinality: 'many', handler: (messages, context) => context.log('messages', messages.length)});
app.storageBlob('blob', {path: 'uploads/{name}', connection: 'C', extraInputs: [input.storageBlob({path: 'other/x', connection: 'C'})], handler: (blob, context) => context.log('bytes', blob.length, context.triggerMetadata.name)});
app.eventGrid('grid', {handler: (event, context) => context.log('subject', event.subject)});
app.eventHub('hub', {eventHubName: 'h', connection: 'C', cardinality: 'many', retry: {strategy: 'fixedDelay', maxRetryCount: 2, delayInterval: 1000}, handler: (events, context) => context.log('events', events.length)});
app.cosmosDB('cosmos', {databaseName: 'd', containerName: 'c', connection: 'C', handler: (documents, context) => context.log('documents', documents.length, documents[0].id)});
