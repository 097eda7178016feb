'use strict';
// Runs a Google Cloud function: through the Functions Framework when the project has it, which is
// then all that is done here, or else as a small server that keeps to the same contract.
const Module = require('module');
const path = require('path');

const root = process.cwd();
const source = process.env.FUNCTION_SOURCE ? path.resolve(root, process.env.FUNCTION_SOURCE) : root;
const NAME = '@google-cloud/functions-framework';

function frameworkMain() {
  let entry;
  try {
    entry = require.resolve(NAME, {paths: [source, root]});
  } catch {
    return null;
  }
  for (let folder = path.dirname(entry); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    try {
      const about = require(path.join(folder, 'package.json'));
      if (about.name === NAME) return path.join(folder, Object.values(about.bin)[0]);
    } catch { /* not yet the package's own folder */ }
  }
  return null;
}

// What a project without the framework may still ask of it: to be registered.
const registered = new Map();
const register = (signature) => (name, handler) => { registered.set(name, {signature, handler}); };
const registry = {http: register('http'), cloudEvent: register('cloudevent'), typed: register('typed')};

async function load() {
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    return request === NAME ? NAME : resolve.call(this, request, ...rest);
  };
  require.cache[NAME] = Object.assign(new Module(NAME), {exports: registry, loaded: true});
  const file = require.resolve(source);
  let exported;
  try {
    exported = require(file);
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM' && error.code !== 'ERR_REQUIRE_ASYNC_MODULE' &&
        !/Cannot use import statement|Unexpected token 'export'/.test(error.message)) throw error;
    exported = await import(require('url').pathToFileURL(file).href);
  }
  const target = process.env.FUNCTION_TARGET || 'function';
  if (registered.has(target)) return registered.get(target);
  const found = target.split('.').reduce((value, key) => value?.[key], exported) ??
      exported.default?.[target];
  if (typeof found === 'function') {
    return {signature: process.env.FUNCTION_SIGNATURE_TYPE || 'http', handler: found};
  }
  const names = [...registered.keys(), ...Object.keys(exported).filter((key) => typeof exported[key] === 'function')];
  throw new Error(`function '${target}' is not defined in ${path.relative(root, file)}, which has ${names.join(', ') || 'none'}`);
}

function bodyOf(request, raw) {
  const type = (request.headers['content-type'] || '').split(';')[0].trim();
  if (raw.length === 0) return type.includes('json') ? {} : undefined;
  if (type === 'application/json' || type.endsWith('+json')) return JSON.parse(raw.toString());
  if (type === 'application/x-www-form-urlencoded') {
    return Object.fromEntries(new URLSearchParams(raw.toString()));
  }
  return type.startsWith('text/') ? raw.toString() : raw;
}

// The part of Express's request and response that functions use.
function dress(request, response, raw) {
  const url = new URL(request.url, `http://${request.headers.host}`);
  Object.assign(request, {
    rawBody: raw, body: bodyOf(request, raw), path: url.pathname, originalUrl: request.url,
    query: Object.fromEntries(url.searchParams), params: {0: url.pathname.slice(1)},
    hostname: url.hostname, protocol: 'http', ip: '127.0.0.1',
    get: (name) => request.headers[name.toLowerCase()],
    header: (name) => request.headers[name.toLowerCase()],
    is: (type) => (request.headers['content-type'] || '').includes(type) && type,
  });
  const set = (name, value) => {
    if (typeof name === 'object') Object.entries(name).forEach(([key, one]) => response.setHeader(key, one));
    else response.setHeader(name, value);
    return response;
  };
  const type = (value) => { if (!response.hasHeader('content-type')) set('Content-Type', value); };
  Object.assign(response, {
    locals: {}, set, header: set,
    get: (name) => response.getHeader(name),
    append: (name, value) => set(name, [].concat(response.getHeader(name) ?? [], value)),
    status: (code) => { response.statusCode = code; return response; },
    sendStatus: (code) => response.status(code).send(require('http').STATUS_CODES[code] || String(code)),
    type: (value) => set('Content-Type', value.includes('/') ? value : `text/${value === 'txt' ? 'plain' : value}`),
    contentType: (value) => response.type(value),
    location: (to) => set('Location', to),
    redirect: (...to) => response.status(to.length > 1 ? to[0] : 302).location(to[to.length - 1]).send(''),
    json: (value) => { type('application/json; charset=utf-8'); response.end(JSON.stringify(value)); return response; },
    send: (value) => {
      if (Buffer.isBuffer(value)) { type('application/octet-stream'); response.end(value); return response; }
      if (value !== null && ['object', 'number', 'boolean'].includes(typeof value)) return response.json(value);
      type('text/html; charset=utf-8');
      response.end(value === undefined || value === null ? '' : String(value));
      return response;
    },
  });
}

function cloudEventOf(request) {
  if ((request.headers['content-type'] || '').startsWith('application/cloudevents')) return request.body;
  const event = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (name.startsWith('ce-')) event[name.slice(3)] = decodeURIComponent(value);
  }
  const type = request.headers['content-type'];
  return {...event, ...(type && {datacontenttype: type}), data: request.body};
}

async function callEvent(handler, request) {
  const {data, context, ...flat} = request.body ?? {};
  const about = context ?? flat;
  return handler.length > 2
    ? new Promise((done, fail) => handler(data, about, (error, value) => (error ? fail(error) : done(value))))
    : handler(data, about);
}

async function call({signature, handler}, request, response) {
  if (signature === 'http') return handler(request, response);
  if (request.method !== 'POST') return response.sendStatus(405);
  let result;
  if (signature === 'event') result = await callEvent(handler, request);
  else if (signature === 'typed') result = await handler(request.body);
  else result = await handler(cloudEventOf(request));
  if (signature === 'typed') return response.json(result);
  return result === undefined ? response.sendStatus(204) : response.send(result);
}

function failed(response, error, status) {
  console.error(error instanceof Error ? error.stack : error);
  if (response.headersSent) return response.destroy();
  response.setHeader('X-Google-Status', status);
  response.status(500).type('text/plain').send(error instanceof Error ? error.message : String(error));
}

async function serve() {
  const chosen = await load();
  const current = new Set();
  process.on('uncaughtException', (error) => {
    for (const response of current) failed(response, error, 'crash');
    setTimeout(() => process.exit(16), 20);
  });
  require('http').createServer((request, response) => {
    const parts = [];
    current.add(response);
    response.on('close', () => current.delete(response));
    request.on('data', (part) => parts.push(part)).on('end', async () => {
      try {
        dress(request, response, Buffer.concat(parts));
      } catch (error) {
        response.writeHead(400).end(error.message);
        return;
      }
      try {
        await call(chosen, request, response);
      } catch (error) {
        failed(response, error, 'error');
      }
    });
  }).listen(Number(process.env.PORT), '127.0.0.1');
}

const main = frameworkMain();
if (main) {
  process.argv.splice(1, Infinity, main);
  require(main);
} else {
  serve().catch((error) => {
    console.error(error instanceof Error ? error.stack : error);
    process.exit(1);
  });
}
