// Runs a Node.js handler against the Lambda Runtime API, as AWS's client does: CommonJS and ES
// modules, async and callback handlers. Speaks HTTP over a plain socket, because the http module
// costs 5 ms to load.
'use strict';

const fs = require('fs');
const net = require('net');
const path = require('path');
const util = require('util');

const root = process.env.LAMBDA_TASK_ROOT;
const handlerName = process.env._HANDLER || '';
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');

/** One kept connection to the server; every reply has a Content-Length. */
const api = {
  socket: null,
  pending: null,
  chunks: [],
  size: 0,
  expected: -1,

  open() {
    this.socket = net.connect({host, port: Number(port), noDelay: true});
    this.socket.on('data', (chunk) => this.receive(chunk));
    this.socket.on('error', () => process.exit(1));
    this.socket.on('close', () => process.exit(1));
  },

  /** While a handler runs the socket must not keep the event loop alive: its emptiness means. */
  call(method, target, body = '', headers = '') {
    const bytes = Buffer.from(body);
    this.socket.ref();
    this.socket.cork();
    this.socket.write(`${method} /2018-06-01/runtime/${target} HTTP/1.1\r\nHost: ${host}:${port}\r\n` +
        `User-Agent: meshfn-node/${process.versions.node}\r\n${headers}` +
        `Content-Length: ${bytes.length}\r\n\r\n`);
    if (bytes.length > 0) this.socket.write(bytes);
    this.socket.uncork();
    return new Promise((resolve) => { this.pending = resolve; });
  },

  /** A body whose length is not known yet: pieces follow, then the end with its trailers. */
  openBody(target, headers) {
    this.socket.write(`POST /2018-06-01/runtime/${target} HTTP/1.1\r\nHost: ${host}:${port}\r\n` +
        `User-Agent: meshfn-node/${process.versions.node}\r\n${headers}` +
        'Transfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type, ' +
        'Lambda-Runtime-Function-Error-Body\r\n\r\n');
  },

  piece(bytes, done) {
    if (bytes.length === 0) return done();
    this.socket.cork();
    this.socket.write(`${bytes.length.toString(16)}\r\n`);
    this.socket.write(bytes);
    this.socket.write('\r\n', done);
    this.socket.uncork();
  },

  closeBody(trailers) {
    this.socket.ref();
    this.socket.write(`0\r\n${trailers}\r\n`);
    return new Promise((resolve) => { this.pending = resolve; });
  },

  receive(chunk) {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.expected >= 0 && this.size < this.expected) return;
    const data = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    this.chunks = [data];
    const end = data.indexOf('\r\n\r\n');
    if (end < 0) return;
    const lines = data.toString('latin1', 0, end).split('\r\n');
    const fields = {};
    for (const line of lines.slice(1)) {
      const colon = line.indexOf(':');
      fields[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    this.expected = end + 4 + Number(fields['content-length'] || 0);
    if (this.size < this.expected) return;
    const body = data.toString('utf8', end + 4);
    this.chunks = [];
    this.size = 0;
    this.expected = -1;
    this.socket.unref();
    this.pending({status: Number(lines[0].split(' ')[1]), fields, body});
  },
};

let requestId = '';

function log(level, text) {
  process.stdout.write(`${new Date().toISOString()}\t${requestId || 'undefined'}\t${level}\t${text}\n`);
}

function patchConsole() {
  const levels = {log: 'INFO', info: 'INFO', debug: 'DEBUG', warn: 'WARN', error: 'ERROR',
    trace: 'TRACE', fatal: 'FATAL'};
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...values) => log(level, util.format(...values));
  }
}

function fault(type, message, exports) {
  const error = new Error(message);
  error.name = type;
  error.exports = exports;
  error.stack = `${type}: ${message}`;
  return error;
}

/** The error document; `trace` is called `stack` in log lines. */
function describe(error) {
  if (error instanceof Error || util.types.isNativeError(error)) {
    const stack = String(error.stack || '').split('\n').filter((line) => !line.includes('[eval]'));
    return {errorType: error.name || 'Error', errorMessage: error.message, trace: stack};
  }
  if (error === null || typeof error !== 'object') {
    return {errorType: error === null ? 'object' : typeof error, errorMessage: String(error), trace: []};
  }
  return {errorType: error.name || 'object', errorMessage: error.message || util.inspect(error), trace: []};
}

function logError(label, document) {
  const {trace, ...rest} = document;
  log('ERROR', `${label}\t${JSON.stringify({...rest, stack: trace})}`);
}

const JSON_HEADER = 'Content-Type: application/json\r\n';

function printable(text) {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

async function failInit(error) {
  const document = describe(error);
  logError('Uncaught Exception', document);
  const exports = error && error.exports ? `Meshfn-Exports: ${printable(error.exports)}\r\n` : '';
  await api.call('POST', 'init/error', JSON.stringify(document),
      `${JSON_HEADER}Lambda-Runtime-Function-Error-Type: ${printable(document.errorType)}\r\n${exports}`);
  process.exit(1);
}

/** Whether a `.js` file is an ES module: the nearest package.json above it decides. */
function isModule(file) {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).type === 'module';
    } catch (error) {
      if (error.code !== 'ENOENT' || folder === path.dirname(folder)) return false;
    }
  }
}

function loadFile(base) {
  for (const ending of ['.js', '.mjs', '.cjs', '']) {
    const file = base + ending;
    if (!fs.existsSync(file) || fs.statSync(file).isDirectory()) continue;
    const esm = ending === '.mjs' || (ending === '.js' && isModule(file));
    return esm ? import(require('url').pathToFileURL(file).href) : require(file);
  }
  const name = path.relative(root, base);
  throw fault('Runtime.ImportModuleError', `Error: Cannot find module '${name}'`);
}

async function loadModule(base) {
  try {
    return await loadFile(base);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw Object.assign(error, {name: 'Runtime.UserCodeSyntaxError', message: `SyntaxError: ${error.message}`});
    }
    if (error && (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND')) {
      throw Object.assign(error, {name: 'Runtime.ImportModuleError', message: `Error: ${error.message}`});
    }
    throw error;
  }
}

function exportsOf(module) {
  const names = new Set(Object.keys(module));
  if (module.default && typeof module.default === 'object') Object.keys(module.default).forEach((n) => names.add(n));
  return [...names].slice(0, 50).join(',');
}

async function load() {
  if (handlerName.includes('..')) {
    throw fault('Runtime.MalformedHandlerName', `'${handlerName}' is not a valid handler name. ` +
        'Use absolute paths when specifying root directories in handler names.');
  }
  const file = path.basename(handlerName);
  const match = /^([^.]*)\.(.+)$/.exec(file);
  if (!match) throw fault('Runtime.MalformedHandlerName', 'Bad handler');
  const base = path.resolve(root, handlerName.slice(0, handlerName.length - file.length), match[1]);
  const module = await loadModule(base);
  const find = (start) => match[2].split('.').reduce((value, key) => value && value[key], start);
  const handler = find(module) || find(module.default);
  if (!handler) {
    throw fault('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`, exportsOf(module));
  }
  if (typeof handler !== 'function') {
    throw fault('Runtime.HandlerNotFound', `${handlerName} is not a function`, exportsOf(module));
  }
  return handler;
}

function makeContext(fields, done) {
  const deadline = Number(fields['lambda-runtime-deadline-ms']);
  const parse = (text) => (text ? JSON.parse(text) : undefined);
  const state = {waits: true};
  const context = {
    get callbackWaitsForEmptyEventLoop() { return state.waits; },
    set callbackWaitsForEmptyEventLoop(value) { state.waits = value; },
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parse(fields['lambda-runtime-client-context']),
    identity: parse(fields['lambda-runtime-cognito-identity']),
    invokedFunctionArn: fields['lambda-runtime-invoked-function-arn'],
    awsRequestId: fields['lambda-runtime-aws-request-id'],
    tenantId: fields['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
    done: (error, value) => done(error, value),
    fail: (error) => done(error === undefined || error === null ? 'handled' : error),
    succeed: (value) => done(null, value),
  };
  return context;
}

/** What to do when the event loop has nothing left; set anew by each invocation. */
let whenIdle = () => {};

/** Calls the handler; settles with its result, or rejects with its error. */
function run(handler, event, fields) {
  return new Promise((resolve, reject) => {
    const settle = (error, value) => {
      whenIdle = () => {};
      if (error === undefined || error === null) resolve(value); else reject(error);
    };
    let called = false;
    const done = (error, value) => {
      if (called) return;
      called = true;
      if (context.callbackWaitsForEmptyEventLoop && !error) {
        whenIdle = () => settle(null, value);
      } else {
        setImmediate(settle, error, value);
      }
    };
    const context = makeContext(fields, done);
    whenIdle = () => settle(null, null);
    const result = handler(event, context, done);
    if (result && typeof result.then === 'function') {
      whenIdle = () => settle(fault('Runtime.NodeJsExit',
          'The promise of the handler was never settled and nothing is left that could settle it'));
      result.then((value) => settle(null, value), (error) => settle(error === undefined ? 'undefined' : error ?? 'null'));
    }
  });
}

function marshal(result) {
  try {
    const text = JSON.stringify(result === undefined ? null : result);
    return text === undefined ? 'null' : text;
  } catch (error) {
    throw fault('Runtime.MarshalError', `Unable to stringify response body: ${error.message.split('\n')[0]}`);
  }
}

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');

/** What handlers of streamed responses find as the global `awslambda`. */
globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[STREAMING] = 'response';
    return handler;
  },
  HttpResponseStream: {
    from(stream, head) {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.head = Buffer.from(JSON.stringify(head) + '\0'.repeat(8));
      return stream;
    },
  },
};

/** The stream that such a handler writes to; nothing is sent before its first byte. */
function makeResponseStream() {
  const {Writable} = require('stream');
  let type = 'application/octet-stream';
  const stream = new Writable({
    write(bytes, encoding, done) {
      stream.begin();
      api.piece(bytes, done);
    },
    final(done) {
      stream.begin();
      done();
    },
  });
  stream.hasBegun = false;
  stream.head = null;
  stream.setContentType = (value) => { type = value; };
  stream.begin = () => {
    if (stream.hasBegun) return;
    stream.hasBegun = true;
    api.openBody(`invocation/${requestId}/response`,
        `Content-Type: ${type}\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n`);
    if (stream.head) api.piece(stream.head, () => {});
  };
  return stream;
}

/** A failure after the first byte can only be told in the trailers. */
async function invokeStreaming(handler, fields, body) {
  const stream = makeResponseStream();
  const finished = new Promise((resolve, reject) => stream.on('finish', resolve).on('error', reject));
  finished.catch(() => {});
  let trailers = '';
  try {
    await run((event, context) => handler(event, stream, context), JSON.parse(body), fields);
    await finished;
  } catch (error) {
    const document = describe(error);
    logError('Invoke Error ', document);
    if (!stream.hasBegun) {
      await api.call('POST', `invocation/${requestId}/error`, JSON.stringify(document), JSON_HEADER);
      return;
    }
    trailers = `Lambda-Runtime-Function-Error-Type: Function.ResponseStreamFailed\r\n` +
        `Lambda-Runtime-Function-Error-Body: ${Buffer.from(JSON.stringify(document)).toString('base64')}\r\n`;
  }
  await api.closeBody(trailers);
}

async function invoke(handler, fields, body) {
  requestId = fields['lambda-runtime-aws-request-id'];
  if (fields['lambda-runtime-trace-id']) process.env._X_AMZN_TRACE_ID = fields['lambda-runtime-trace-id'];
  if (handler[STREAMING] === 'response') return invokeStreaming(handler, fields, body);
  let response;
  try {
    response = marshal(await run(handler, JSON.parse(body), fields));
  } catch (error) {
    const document = describe(error);
    logError('Invoke Error ', document);
    await api.call('POST', `invocation/${requestId}/error`, JSON.stringify(document), JSON_HEADER);
    return;
  }
  await api.call('POST', `invocation/${requestId}/response`, response, JSON_HEADER);
}

/** Errors that nobody caught end the process, after they are reported. */
async function die(label, document, code) {
  logError(label, document);
  const target = requestId ? `invocation/${requestId}/error` : 'init/error';
  await api.call('POST', target, JSON.stringify(document),
      `${JSON_HEADER}Lambda-Runtime-Function-Error-Type: ${printable(document.errorType)}\r\n`);
  process.exit(code);
}

async function main() {
  patchConsole();
  process.argv.splice(1, Infinity, handlerName);
  api.open();
  process.on('uncaughtException', (error) => die('Uncaught Exception ', describe(error), 129));
  process.on('unhandledRejection', (reason) => {
    const inner = describe(reason);
    const message = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
    die('Unhandled Promise Rejection ', {errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: message, trace: [`Runtime.UnhandledPromiseRejection: ${message}`, ...inner.trace.slice(1)]}, 128);
  });
  process.on('beforeExit', () => whenIdle());
  let handler;
  try {
    handler = await load();
  } catch (error) {
    return failInit(error);
  }
  for (;;) {
    const {fields, body} = await api.call('GET', 'invocation/next');
    await invoke(handler, fields, body);
  }
}

main();
