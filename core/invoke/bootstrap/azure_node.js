'use strict';
// Hosts an Azure Functions app for Node.js and serves it by the protocol of custom handlers. The
// v4 model is the app's own @azure/functions, which finds here the core module that the worker
// would give it; the v3 model (function.json) has a context object of ours.
const fs = require('fs');
const http = require('http');
const Module = require('module');
const path = require('path');
const {pathToFileURL} = require('url');

const root = process.cwd();
const functions = new Map();
const hooks = new Map();
let model = null;
let started = false;

class Disposable {
  constructor(callback) { this.callback = callback; }
  static from(...all) { return new Disposable(() => all.forEach((one) => one.dispose())); }
  dispose() { this.callback?.(); this.callback = undefined; }
}

const log = (level, _category, message) => {
  (level === 'error' || level === 'critical' ? console.error : console.log)(message);
};

const core = {
  version: '3.10.0', hostVersion: '4.1037.0', Disposable, log,
  setProgrammingModel: (one) => { model = one; },
  getProgrammingModel: () => model,
  registerFunction(meta, callback) {
    if (started) throw new Error('A function can only be registered during app startup.');
    if (functions.has(meta.name)) throw new Error(`A function with the name "${meta.name}" is already registered.`);
    functions.set(meta.name, {meta, callback});
    return new Disposable(() => functions.delete(meta.name));
  },
  registerHook(name, callback) {
    if (!['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'].includes(name)) {
      throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), {isAzureFunctionsSystemError: true});
    }
    hooks.set(name, [...(hooks.get(name) ?? []), callback]);
    return new Disposable(() => hooks.set(name, hooks.get(name).filter((one) => one !== callback)));
  },
};

const appHookData = {};
async function runHooks(name, context) {
  context.appHookData = appHookData;
  for (const hook of hooks.get(name) ?? []) await hook(context);
}

async function loadFile(file) {
  const kind = path.extname(file);
  if (kind === '.mjs') return import(pathToFileURL(file).href);
  try {
    return require(file);
  } catch (error) {
    const esm = error.code === 'ERR_REQUIRE_ESM' || error.code === 'ERR_REQUIRE_ASYNC_MODULE' ||
        (error instanceof SyntaxError && /Cannot use import statement|Unexpected token 'export'/.test(error.message));
    if (!esm) throw error;
    return import(pathToFileURL(file).href);
  }
}

// package.json's `main` may be a glob: *, **, ? and {a,b}.
function matcher(glob) {
  const rule = glob.replace(/[.+^$()|[\]\\]/g, '\\$&').replace(/\*\*\/?|\*|\?|\{[^}]*\}/g, (part) => {
    if (part.startsWith('**')) return '(?:.*/)?';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return `(?:${part.slice(1, -1).split(',').map((one) => one.replace(/\*/g, '[^/]*')).join('|')})`;
  });
  return new RegExp(`^${rule}$`);
}

function filesBelow(folder) {
  return fs.readdirSync(folder, {withFileTypes: true}).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) return [];
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(full) : [full];
  });
}

function entryFiles(main) {
  const plain = path.resolve(root, main);
  if (fs.existsSync(plain) && fs.statSync(plain).isFile()) return [plain];
  if (fs.existsSync(`${plain}.js`)) return [`${plain}.js`];
  const rule = matcher(main.replace(/^\.\//, ''));
  return filesBelow(root).filter((file) => rule.test(path.relative(root, file))).sort();
}

async function loadApp() {
  const load = Module.prototype.require;
  Module.prototype.require = function (id) {
    return id === '@azure/functions-core' ? core : load.call(this, id);
  };
  const about = path.join(root, 'package.json');
  const main = fs.existsSync(about) ? JSON.parse(fs.readFileSync(about)).main : undefined;
  if (main) {
    const files = entryFiles(main);
    for (const file of files) await loadFile(file);
    if (files.length === 0) console.error(`no file fits "main" of package.json: ${main}`);
  }
  if (functions.size === 0) await loadFolders();
  await runHooks('appStart', {hookData: {}, functionAppDirectory: root});
  if (model && functions.size) {
    await model.getCapabilities({RawHttpBodyBytes: 'true', RpcHttpTriggerMetadataRemoved: 'true',
      RpcHttpBodyOnly: 'true', UseNullableValueDictionaryForHttp: 'true', TypedDataCollection: 'true'});
  }
  started = true;
}

// The v3 model: a folder with function.json for each function.
async function loadFolders() {
  for (const entry of fs.readdirSync(root, {withFileTypes: true})) {
    const file = path.join(root, entry.name, 'function.json');
    if (!entry.isDirectory() || !fs.existsSync(file)) continue;
    const meta = JSON.parse(fs.readFileSync(file));
    const script = path.resolve(root, entry.name, meta.scriptFile ?? 'index.js');
    if (!/\.[cm]?js$/.test(script) || !fs.existsSync(script)) continue;
    const exported = await loadFile(script);
    const own = exported.default ?? exported;
    const handler = typeof own === 'function' ? own
      : own[meta.entryPoint] ?? own.run ?? own.index ?? Object.values(own).find((one) => typeof one === 'function');
    if (typeof handler !== 'function') throw new Error(`${script} exports no function`);
    functions.set(entry.name, {folder: {bindings: meta.bindings ?? [], retry: meta.retry}, handler});
  }
}

function bindingsOf({meta, folder}) {
  if (folder) return folder.bindings;
  return Object.entries(meta.bindings).map(([name, binding]) => ({...binding, name}));
}

const isTrigger = (binding) => /trigger$/i.test(binding.type);

// Data as the worker's RpcTypedData.
function typed(value, binding) {
  const type = binding.type.toLowerCase();
  if (binding.cardinality === 'many' && isTrigger(binding) && !Array.isArray(value)) value = [value];
  if (type === 'httptrigger') return {http: httpData(value)};
  if (type.startsWith('blob')) return {bytes: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))};
  if (Array.isArray(value) && value.every((one) => typeof one === 'string') && binding.cardinality === 'many') {
    return {collectionString: {string: value}};
  }
  if (typeof value === 'string') return {string: value};
  return {json: JSON.stringify(value)};
}

function httpData(value) {
  const nullable = (of) => Object.fromEntries(Object.entries(of ?? {}).map(([name, one]) => [name, {value: [].concat(one).join(',')}]));
  const body = value.Body === undefined || value.Body === null ? '' : value.Body;
  return {
    method: value.Method, url: value.Url, headers: {}, query: {}, params: {},
    nullableHeaders: Object.fromEntries(Object.entries(nullable(value.Headers)).map(([name, one]) => [name.toLowerCase(), one])),
    nullableQuery: nullable(value.Query), nullableParams: nullable(value.Params),
    body: {bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))},
  };
}

function untyped(data) {
  if (data === undefined || data === null) return null;
  if (data.http) return httpAnswer(data.http);
  for (const [kind, value] of Object.entries(data)) {
    if (value === undefined || value === null) continue;
    if (kind === 'json') return JSON.parse(value);
    if (kind === 'bytes' || kind === 'stream') return Buffer.from(value).toString();
    if (kind.startsWith('collection')) return Object.values(value)[0];
    return value;
  }
  return null;
}

function httpAnswer(answer) {
  const headers = {...answer.headers};
  const cookies = (answer.cookies ?? []).map((cookie) => {
    const flag = (name, on) => (on?.value ?? on ? `; ${name}` : '');
    const part = (name, value) => (value?.value ?? value ? `; ${name}=${value.value ?? value}` : '');
    return `${cookie.name}=${cookie.value}${part('Path', cookie.path)}${part('Domain', cookie.domain)}` +
        part('Max-Age', cookie.maxAge) + flag('Secure', cookie.secure) + flag('HttpOnly', cookie.httpOnly);
  });
  if (cookies.length) headers['set-cookie'] = cookies;
  const bytes = Buffer.from(answer.body?.bytes ?? answer.body?.string ?? '');
  return {statusCode: Number(answer.statusCode), headers, body: bytes.toString()};
}

// The datum under the binding's own name, or else under the name that the event gave it.
function datumOf(binding, bindings, data) {
  if (binding.name in data) return data[binding.name];
  const others = bindings.filter((one) => one !== binding).flatMap((one) => [one.name, one.type]);
  const names = Object.keys(data);
  const free = names.find((name) => !others.includes(name)) ?? names[0];
  return isTrigger(binding) ? data[free] : names.length > 1 ? data[binding.type] : undefined;
}

function metadataOf(metadata) {
  return Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) =>
    [name, typeof value === 'string' ? {string: value} : {json: JSON.stringify(value)}]));
}

async function invokeModel({meta, callback}, id, call) {
  const bindings = bindingsOf({meta});
  const trigger = bindings.find(isTrigger);
  const inputData = bindings.filter((one) => one.direction !== 'out').map((binding) => {
    const value = datumOf(binding, bindings, call.Data);
    return value === undefined ? null : {name: binding.name, data: typed(value, binding)};
  }).filter(Boolean);
  const http = trigger.type.toLowerCase() === 'httptrigger';
  const request = {
    invocationId: id, functionId: meta.functionId ?? meta.name, inputData,
    triggerMetadata: http || trigger.type.toLowerCase() === 'timertrigger' ? {} : metadataOf(call.Metadata),
    traceContext: {traceParent: call.Trace ?? '', traceState: '', attributes: {}}, retryContext: call.Retry ?? null,
  };
  const use = await model.getInvocationModel({invocationId: id,
    metadata: {name: meta.name, functionId: meta.functionId ?? meta.name, bindings: meta.bindings}, request, state: undefined, log});
  const {context, inputs} = await use.getArguments();
  const pre = {hookData: {}, invocationContext: context, inputs, functionCallback: callback};
  await runHooks('preInvocation', pre);
  const post = {hookData: pre.hookData, invocationContext: context, inputs: pre.inputs, result: null, error: null};
  try {
    post.result = await use.invokeFunction(context, pre.inputs, pre.functionCallback);
  } catch (error) {
    post.error = error;
  }
  await runHooks('postInvocation', post);
  if (post.error) throw post.error;
  const response = await use.getResponse(context, post.result);
  const outputs = Object.fromEntries((response.outputData ?? []).map(({name, data}) => [name, untyped(data)]));
  const value = untyped(response.returnValue);
  if (http && response.returnValue?.http) outputs.$http = value;
  return {Outputs: outputs, ReturnValue: http ? null : value};
}

// The v3 model's context, as far as functions use it.
function invokeFolder({folder, handler}, id, name, call) {
  return new Promise((done, fail) => {
    const bindings = folder.bindings;
    const inputs = bindings.filter((one) => one.direction !== 'out');
    const write = (...words) => console.log(...words);
    const context = {invocationId: id, bindings: {}, bindingData: {...camelKeys(call.Metadata), invocationId: id},
      executionContext: {invocationId: id, functionName: name, functionDirectory: path.join(root, name), retryContext: call.Retry},
      log: Object.assign(write, {verbose: write, info: write, warn: write, error: (...words) => console.error(...words)}),
      bindingDefinitions: bindings, traceContext: {}};
    const values = inputs.map((binding) => {
      const value = datumOf(binding, bindings, call.Data);
      return isTrigger(binding) && binding.type.toLowerCase() === 'httptrigger' ? requestOf(value) : parsed(value, binding);
    });
    inputs.forEach((binding, i) => { context.bindings[binding.name] = values[i]; });
    const trigger = bindings.find(isTrigger);
    if (trigger?.type.toLowerCase() === 'httptrigger') {
      context.req = context.bindings[trigger.name];
      context.res = responseOf((result) => finish(null, result));
    }
    const finish = (error, result) => {
      if (error) return fail(error instanceof Error ? error : new Error(String(error)));
      const outputs = {};
      for (const binding of bindings.filter((one) => one.direction !== 'in' && !isTrigger(one))) {
        const ofReturn = binding.name === '$return';
        const value = ofReturn ? result : result?.[binding.name] ?? context.bindings[binding.name] ??
            (binding.type === 'http' ? context.res : undefined);
        if (value === undefined) continue;
        if (binding.type === 'http') outputs.$http = plainAnswer(value);
        else outputs[binding.name] = value;
      }
      return done({Outputs: outputs, ReturnValue: outputs.$http ? null : result ?? null});
    };
    context.done = (error, result) => finish(error, result);
    let result;
    try {
      result = handler(context, ...values);
    } catch (error) {
      return fail(error);
    }
    if (typeof result?.then === 'function') result.then((value) => finish(null, value), fail);
    return undefined;
  });
}

// The host's names begin with a capital, those of the v3 model do not.
function camelKeys(metadata) {
  return Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name[0].toLowerCase() + name.slice(1), value]));
}

function parsed(value, binding) {
  if (typeof value !== 'string' || binding.dataType === 'string') return value;
  try { return JSON.parse(value); } catch { return value; }
}

function requestOf(value) {
  const one = Object.fromEntries(Object.entries(value.Headers ?? {}).map(([name, list]) => [name.toLowerCase(), [].concat(list).join(',')]));
  return {method: value.Method, url: value.Url, originalUrl: value.Url, headers: one, query: value.Query ?? {},
    params: value.Params ?? {}, rawBody: value.Body,
    body: value.Body === '' ? undefined : (one['content-type'] ?? '').includes('json') ? parsed(value.Body, {}) : value.Body,
    get: (name) => one[name.toLowerCase()]};
}

function responseOf(done) {
  const response = {headers: {}, status: (code) => { response.statusCode = code; return response; },
    set: (name, value) => { response.headers[name] = value; return response; },
    send: (body) => { response.body = body; done(undefined); }, json: (body) => { response.body = body; done(undefined); }};
  for (const [alias, name] of [['setHeader', 'set'], ['header', 'set'], ['type', 'send']]) response[alias] = response[name];
  return response;
}

function plainAnswer(value) {
  const isAnswer = typeof value === 'object' && value !== null;
  const status = isAnswer ? value.statusCode ?? (typeof value.status === 'function' ? 200 : value.status ?? 200) : 200;
  const body = isAnswer ? value.body : value;
  const headers = {...(isAnswer ? value.headers : {})};
  const text = typeof body === 'string' ? body : body === undefined || body === null ? '' : Buffer.isBuffer(body) ? body.toString() : JSON.stringify(body);
  const named = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  if (!named) headers['content-type'] = typeof body === 'object' ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8';
  return {statusCode: Number(status), headers, body: text};
}

async function answer(request, body) {
  if (request.method === 'GET') {
    return [...functions].map(([name, one]) => ({name, bindings: bindingsOf(one),
      retry: one.folder?.retry ?? one.meta?.retryOptions ?? null}));
  }
  const name = decodeURIComponent(request.url.slice(1));
  const chosen = functions.get(name);
  const id = request.headers['x-azure-functions-invocationid'];
  const call = JSON.parse(body);
  return chosen.folder ? invokeFolder(chosen, id, name, call) : invokeModel(chosen, id, call);
}

function describe(error) {
  const own = error instanceof Error ? error : new Error(String(error));
  return {errorType: own.name, errorMessage: own.message, stackTrace: (own.stack ?? '').split('\n').slice(1).map((line) => line.trim())};
}

loadApp().then(() => {
  http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part)).on('end', async () => {
      let result;
      try {
        result = await answer(request, Buffer.concat(parts).toString());
      } catch (error) {
        console.error(error instanceof Error ? error.stack : error);
        response.statusCode = 500;
        result = describe(error);
      }
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(result));
    });
  }).listen(Number(process.env.FUNCTIONS_CUSTOMHANDLER_PORT), '127.0.0.1');
}, (error) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exit(1);
});
