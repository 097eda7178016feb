const functions = require('@google-cloud/functions-framework');

functions.http('hello', (req, res) => {
  console.log('method', req.method);
  res.set('X-Test', 'yes').status(201).json({query: req.query, body: req.body});
});

functions.cloudEvent('onEvent', (event) => {
  console.log('type', event.type, 'subject', event.subject, 'bucket', event.data.bucket);
  if (event.data.bucket === 'broken') throw new TypeError('broken bucket');
});

functions.http('crash', () => {
  setTimeout(() => { throw new Error('too late'); }, 5);
});
