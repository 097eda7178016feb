# Hosts an Azure Functions app for Python and serves it by the protocol of custom handlers: the v2
# model through the app's own azure-functions, and folders with function.json (v1).
import asyncio
import importlib
import importlib.util
import inspect
import json
import logging
import os
import sys
import threading
import traceback
import types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

ROOT = os.getcwd()
sys.path[:] = [ROOT] + [entry for entry in sys.path if entry]
PACKAGES = os.path.join(ROOT, ".python_packages", "lib", "site-packages")
if os.path.isdir(PACKAGES):
    sys.path.insert(1, PACKAGES)

import azure.functions as func  # noqa: E402
from azure.functions.meta import Datum  # noqa: E402

# The worker shows what is logged from INFO on.
logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s: %(message)s")

FUNCTIONS = {}
LOOP = asyncio.new_event_loop()


class Entry:
    def __init__(self, name, function, bindings, folder, retry):
        self.name, self.function, self.bindings = name, function, bindings
        self.folder, self.retry = folder, retry


def is_trigger(binding):
    return binding["type"].lower().endswith("trigger")


def load_app(script):
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(script))[0], script)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    apps = {id(v): v for v in vars(module).values() if isinstance(v, func.FunctionRegister)}
    if len(apps) != 1:
        raise RuntimeError(f"{os.path.basename(script)} has {len(apps)} function apps at its top level: exactly one is needed")
    for one in next(iter(apps.values())).get_functions():
        bindings = [json.loads(b) if isinstance(b, str) else b for b in one.get_raw_bindings()]
        retry = one.get_settings_dict("retry_policy") or None
        FUNCTIONS[one.get_function_name()] = Entry(
            one.get_function_name(), one.get_user_function(), bindings, ROOT, retry)


def load_folders():
    # The worker's package around the folders, for `from ..shared import x`.
    around = types.ModuleType("__app__")
    around.__path__ = [ROOT]
    sys.modules[around.__name__] = around
    for name in sorted(os.listdir(ROOT)):
        description = os.path.join(ROOT, name, "function.json")
        if not os.path.isfile(description):
            continue
        with open(description, encoding="utf-8") as file:
            meta = json.load(file)
        script = os.path.join(ROOT, name, meta.get("scriptFile", "__init__.py"))
        if not script.endswith(".py") or not os.path.isfile(script):
            continue
        spec = importlib.util.spec_from_file_location(
            f"__app__.{name}", script, submodule_search_locations=[os.path.dirname(script)])
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        function = getattr(module, meta.get("entryPoint", "main"))
        FUNCTIONS[name] = Entry(name, function, meta["bindings"], os.path.dirname(script), meta.get("retry"))


def text_of(value):
    return value if isinstance(value, str) else json.dumps(value)


def http_datum(value):
    def datums(of):
        flat = {k: ",".join(v) if isinstance(v, list) else str(v) for k, v in (of or {}).items()}
        return {k: Datum(v, "string") for k, v in flat.items()}

    headers = {k.lower(): v for k, v in (value.get("Headers") or {}).items()}
    body = value.get("Body")
    body = b"" if body is None else text_of(body).encode()
    return Datum({
        "method": Datum(value["Method"], "string"), "url": Datum(value["Url"], "string"),
        "headers": datums(headers), "query": datums(value.get("Query")),
        "params": datums(value.get("Params")), "body": Datum(body, "bytes"),
    }, "http")


def metadata_of(call):
    return {k: Datum(v, "string") if isinstance(v, str) else Datum(json.dumps(v), "json")
            for k, v in (call.get("Metadata") or {}).items()}


def decode(binding, value, metadata):
    kind = binding["type"]
    many = str(binding.get("cardinality", "")).lower() == "many"
    if many and is_trigger(binding) and not isinstance(value, list):
        value = [value]
    if kind.lower() == "httptrigger":
        datum = http_datum(value)
    elif kind.lower().startswith("blob"):
        datum = Datum(text_of(value).encode(), "bytes")
    elif many and isinstance(value, list) and all(isinstance(one, str) for one in value):
        datum = Datum(type("Collection", (), {"string": value})(), "collection_string")
        datum.value = value
        if kind.lower() == "eventhubtrigger" or kind.lower().startswith("servicebus"):
            datum = Datum(json.dumps([parsed(one) for one in value]), "json")
    elif isinstance(value, str) or kind.lower().startswith(("queue", "servicebus")):
        datum = Datum(text_of(value), "string")
    else:
        datum = Datum(json.dumps(value), "json")
    return func.get_binding_registry().get(kind).decode(datum, trigger_metadata=metadata)


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def datum_of(binding, bindings, data):
    if binding["name"] in data:
        return data[binding["name"]]
    if not is_trigger(binding):
        return data.get(binding["type"]) if len(data) > 1 else None
    others = [one[k] for one in bindings if one is not binding for k in ("name", "type")]
    return next((value for name, value in data.items() if name not in others), next(iter(data.values()), None))


class Out(func.Out):
    def __init__(self):
        self.value = None

    def set(self, val):
        self.value = val

    def get(self):
        return self.value


def plain(binding, value):
    """An output as JSON: what the binding's converter makes of it."""
    if value is None:
        return None
    kind = binding["type"]
    if kind.lower() == "http":
        return http_answer(value)
    try:
        datum = func.get_binding_registry().get(kind).encode(value, expected_type=type(value))
    except (AttributeError, NotImplementedError, KeyError):
        return value if isinstance(value, (str, int, float, dict, list, bool)) else str(value)
    out = getattr(datum, "value", datum)
    if getattr(datum, "type", "") == "json":
        return json.loads(out)
    return out.decode(errors="replace") if isinstance(out, (bytes, bytearray)) else out


def http_answer(value):
    if not isinstance(value, func.HttpResponse):
        return {"statusCode": 200, "headers": {"content-type": "text/plain; charset=utf-8"}, "body": text_of(value)}
    headers = dict(value.headers.items())
    if "content-type" not in {name.lower() for name in headers}:
        headers["content-type"] = f"{value.mimetype}; charset={value.charset}"
    return {"statusCode": value.status_code, "headers": headers, "body": value.get_body().decode(errors="replace")}


class Context(func.Context):
    def __init__(self, entry, invocation, call):
        self._entry, self._id, self._call = entry, invocation, call
        self._local = threading.local()
        self._local.invocation_id = invocation

    invocation_id = property(lambda self: self._id)
    thread_local_storage = property(lambda self: self._local)
    function_name = property(lambda self: self._entry.name)
    function_directory = property(lambda self: self._entry.folder)

    @property
    def trace_context(self):
        return type("TraceContext", (), {"Traceparent": "", "Tracestate": "", "Attributes": {},
                                         "trace_parent": "", "trace_state": "", "attributes": {}})()

    @property
    def retry_context(self):
        retry = self._call.get("Retry")
        if not retry:
            return None
        return type("RetryContext", (), {"retry_count": retry["retryCount"], "max_retry_count": retry["maxRetryCount"],
                                         "exception": None})()


def invoke(entry, invocation, call):
    metadata = metadata_of(call)
    arguments, outs = {}, {}
    for binding in entry.bindings:
        direction = str(binding.get("direction", "in")).lower()
        if direction == "out":
            if binding["name"] != "$return":
                outs[binding["name"]] = Out()
        else:
            value = datum_of(binding, entry.bindings, call["Data"])
            if value is not None:
                arguments[binding["name"]] = decode(binding, value, metadata if is_trigger(binding) else {})
    names = inspect.signature(entry.function).parameters
    arguments.update({name: out for name, out in outs.items() if name in names})
    if "context" in names:
        arguments["context"] = Context(entry, invocation, call)
    arguments = {name: value for name, value in arguments.items() if name in names}
    result = entry.function(**arguments)
    if inspect.isawaitable(result):
        result = asyncio.run_coroutine_threadsafe(result, LOOP).result()
    returned = next((one for one in entry.bindings if one["name"] == "$return"), None)
    if result is not None and returned is None:
        raise RuntimeError(f"function '{entry.name}' without a $return binding returned a non-None value")
    outputs = {}
    for binding in entry.bindings:
        value = result if binding is returned else getattr(outs.get(binding["name"]), "value", None)
        if value is not None:
            outputs["$http" if binding["type"].lower() == "http" else binding["name"]] = plain(binding, value)
    returns = outputs.get("$return") if "$return" in outputs else None
    return {"Outputs": outputs, "ReturnValue": returns}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, value):
        body = json.dumps(value, default=str).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.send(200, [{"name": one.name, "bindings": one.bindings, "retry": one.retry} for one in FUNCTIONS.values()])

    def do_POST(self):
        call = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        try:
            entry = FUNCTIONS[unquote(self.path[1:])]
            self.send(200, invoke(entry, self.headers.get("X-Azure-Functions-InvocationId"), call))
        except Exception as error:
            traceback.print_exc()
            self.send(500, {"errorType": type(error).__name__, "errorMessage": str(error),
                            "stackTrace": traceback.format_exc().splitlines()})


class Server(ThreadingHTTPServer):
    daemon_threads = True


SCRIPT = os.path.join(ROOT, os.environ.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py"))
if os.path.isfile(SCRIPT):
    load_app(SCRIPT)
else:
    load_folders()
threading.Thread(target=LOOP.run_forever, daemon=True).start()
Server(("127.0.0.1", int(os.environ["FUNCTIONS_CUSTOMHANDLER_PORT"])), Handler).serve_forever()
