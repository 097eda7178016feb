# Runs a Google Cloud function: through the Functions Framework when it can be imported, which is
# then all that is done here, or else as a small server that keeps to the same contract. Functions
# get a request with the part of Flask's interface that they use.
import importlib.util
import json
import os
import sys
import traceback
import types
from urllib.parse import parse_qsl, unquote, urlsplit

SOURCE = os.path.abspath(os.environ.get("FUNCTION_SOURCE") or "main.py")
TARGET = os.environ["FUNCTION_TARGET"]
REGISTERED = {}


def run_framework():
    import runpy

    words = ["functions-framework", "--target", TARGET, "--source", SOURCE, "--port", os.environ["PORT"]]
    if os.environ.get("FUNCTION_SIGNATURE_TYPE"):
        words += ["--signature-type", os.environ["FUNCTION_SIGNATURE_TYPE"]]
    sys.argv = words
    runpy.run_module("functions_framework", run_name="__main__")


def register(signature):
    def decorate(function):
        REGISTERED[function.__name__] = signature
        return function

    return decorate


def typed(argument):
    if isinstance(argument, type):
        def decorate(function):
            REGISTERED[function.__name__] = ("typed", argument)
            return function

        return decorate
    kinds = [kind for name, kind in argument.__annotations__.items() if name != "return"]
    REGISTERED[argument.__name__] = ("typed", kinds[0])
    return argument


def load():
    framework = types.ModuleType("functions_framework")
    framework.http = register("http")
    framework.cloud_event = register("cloudevent")
    framework.background_event = register("event")
    framework.typed = typed
    sys.modules["functions_framework"] = framework
    sys.path.insert(0, os.path.dirname(SOURCE))
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(SOURCE))[0], SOURCE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    function = getattr(module, TARGET, None)
    if callable(function):
        return function, REGISTERED.get(TARGET) or os.environ.get("FUNCTION_SIGNATURE_TYPE") or "http"
    names = list(REGISTERED) or [n for n, v in vars(module).items() if callable(v) and not n.startswith("_")]
    raise AttributeError(f"function '{TARGET}' is not defined in {SOURCE}, which has {', '.join(names) or 'none'}")


class Headers(dict):
    def __init__(self, items):
        super().__init__(items)
        self._lower = {name.lower(): value for name, value in items}

    def get(self, name, default=None):
        return self._lower.get(name.lower(), default)

    def __getitem__(self, name):
        return self._lower[name.lower()]

    def __contains__(self, name):
        return name.lower() in self._lower


class Values(dict):
    def __init__(self, items):
        super().__init__()
        self._lists = {}
        for name, value in items:
            self.setdefault(name, value)
            self._lists.setdefault(name, []).append(value)

    def getlist(self, name):
        return self._lists.get(name, [])


class Request:
    def __init__(self, handler, body):
        parts = urlsplit(handler.path)
        self.method = handler.command
        self.path = unquote(parts.path)
        self.full_path = handler.path
        self.headers = Headers(list(handler.headers.items()))
        self.args = Values(parse_qsl(parts.query, keep_blank_values=True))
        self.query_string = parts.query.encode()
        self.data = body
        self.host = self.headers.get("Host", "localhost")
        self.url = f"http://{self.host}{handler.path}"
        self.base_url = f"http://{self.host}{self.path}"
        self.remote_addr = "127.0.0.1"
        self.content_type = self.headers.get("Content-Type")
        self.mimetype = (self.content_type or "").split(";")[0].strip()
        self.is_json = self.mimetype == "application/json" or self.mimetype.endswith("+json")
        form = self.mimetype == "application/x-www-form-urlencoded"
        self.form = Values(parse_qsl(body.decode(), keep_blank_values=True) if form else [])
        self.values = Values([*self.args.items(), *self.form.items()])

    def get_data(self, cache=True, as_text=False):
        return self.data.decode() if as_text else self.data

    def get_json(self, force=False, silent=False, cache=True):
        if not (force or self.is_json):
            return None
        try:
            return json.loads(self.data)
        except ValueError:
            if silent:
                return None
            raise

    @property
    def json(self):
        return self.get_json()


class CloudEvent:
    def __init__(self, attributes, data):
        self._attributes = attributes
        self.data = data

    def get_attributes(self):
        return self._attributes

    def get_data(self):
        return self.data

    def get(self, name, default=None):
        return self._attributes.get(name, default)

    def __getitem__(self, name):
        return self._attributes[name]

    def __contains__(self, name):
        return name in self._attributes

    def __repr__(self):
        return repr({"attributes": self._attributes, "data": self.data})


class Context:
    def __init__(self, fields):
        self.event_id = fields.get("eventId")
        self.timestamp = fields.get("timestamp")
        self.event_type = fields.get("eventType")
        self.resource = fields.get("resource")


def cloud_event_of(request):
    if request.mimetype.startswith("application/cloudevents"):
        event = json.loads(request.data)
        data = event.pop("data", None)
        return CloudEvent(event, data)
    event = {n.lower()[3:]: unquote(v) for n, v in request.headers.items() if n.lower().startswith("ce-")}
    if request.content_type:
        event["datacontenttype"] = request.content_type
    return CloudEvent(event, json.loads(request.data) if request.is_json and request.data else request.data)


def answer_of(value):
    """Flask's rules: body, (body, status), (body, headers), (body, status, headers)."""
    status, headers = 200, {}
    if hasattr(value, "get_data") and hasattr(value, "status_code"):
        return value.status_code, list(value.headers.items()), value.get_data()
    if isinstance(value, tuple):
        for extra in value[1:]:
            if isinstance(extra, int):
                status = extra
            else:
                headers = dict(extra)
        value = value[0]
    known = {name.lower() for name in headers}
    if isinstance(value, (dict, list)):
        kind, body = "application/json", json.dumps(value).encode()
    elif isinstance(value, (bytes, bytearray)):
        kind, body = "text/html; charset=utf-8", bytes(value)
    elif isinstance(value, str):
        kind, body = "text/html; charset=utf-8", value.encode()
    else:
        raise TypeError(f"the function returned a value of type {type(value).__name__}: text, bytes, a dict or a tuple was expected")
    if "content-type" not in known:
        headers["Content-Type"] = kind
    return status, list(headers.items()), body


def call(function, signature, request):
    if signature == "http":
        return answer_of(function(request))
    if request.method != "POST":
        return 405, [], b""
    if signature == "event":
        event = json.loads(request.data)
        function(event.get("data"), Context(event.get("context") or event))
    elif signature == "cloudevent":
        function(cloud_event_of(request))
    else:
        result = function(signature[1].from_dict(json.loads(request.data)))
        return answer_of(result if isinstance(result, (dict, str, tuple)) else result.to_dict())
    return 200, [("Content-Type", "text/html; charset=utf-8")], b"OK"


def serve():
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    function, signature = load()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, headers, out = call(function, signature, Request(self, body))
            except Exception:
                traceback.print_exc()
                status, headers, out = 500, [("X-Google-Status", "crash")], b"Internal Server Error"
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(out)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()


sys.path[:] = [entry for entry in sys.path if entry]
if importlib.util.find_spec("functions_framework"):
    run_framework()
else:
    serve()
