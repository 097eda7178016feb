# Runs a Python handler against the Lambda Runtime API, as AWS's client does, on nothing but the
# interpreter's own modules: the raw socket module, because http.client costs 15 ms to import.

import json
import os
import sys
import time
from _socket import AF_INET, IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY, socket


class RuntimeApi:
    """One kept connection to the server; every reply has a Content-Length."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self._socket = socket(AF_INET, SOCK_STREAM)
        self._socket.connect((host, int(port)))
        self._socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        version = ".".join(map(str, sys.version_info[:3]))
        self._common = f"Host: {address}\r\nUser-Agent: meshfn-python/{version}\r\n"

    def call(self, method, path, body=b"", headers=""):
        head = (
            f"{method} /2018-06-01/runtime/{path} HTTP/1.1\r\n{self._common}"
            f"Content-Length: {len(body)}\r\n{headers}\r\n"
        )
        self._socket.sendall(head.encode() + body)
        return self._receive()

    def _receive(self):
        data = self._more(b"")
        while data.find(b"\r\n\r\n") < 0:
            data = self._more(data)
        end = data.find(b"\r\n\r\n")
        lines = data[:end].decode("latin-1").split("\r\n")[1:]
        fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        missing = int(fields.get("content-length", 0)) - (len(data) - end - 4)
        parts = [data[end + 4 :]]
        while missing > 0:
            part = self._more(b"")
            missing -= len(part)
            parts.append(part)
        return fields, b"".join(parts)

    def _more(self, data):
        part = self._socket.recv(262144)
        if not part:
            os._exit(1)
        return data + part


class Plain:
    """Attributes out of a JSON object; what it lacks is None."""

    def __init__(self, names, values):
        for name, key in names.items():
            setattr(self, name, (values or {}).get(key))

    def __repr__(self):
        return f"{type(self).__name__}({self.__dict__})"


class CognitoIdentity(Plain):
    pass


class Client(Plain):
    pass


class ClientContext(Plain):
    def __init__(self, values):
        super().__init__({"custom": "custom", "env": "env"}, values)
        names = ("installation_id", "app_title", "app_version_name", "app_version_code")
        names += ("app_package_name",)
        self.client = Client({name: name for name in names}, values.get("client"))


class LambdaContext:
    def __init__(self, fields):
        environment = os.environ
        self.aws_request_id = fields["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = fields["lambda-runtime-invoked-function-arn"]
        self.tenant_id = fields.get("lambda-runtime-aws-tenant-id")
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        client = json.loads(fields.get("lambda-runtime-client-context", "null"))
        self.client_context = ClientContext(client) if client else None
        identity = json.loads(fields.get("lambda-runtime-cognito-identity", "null"))
        self.identity = CognitoIdentity(
            {
                "cognito_identity_id": "cognitoIdentityId",
                "cognito_identity_pool_id": "cognitoIdentityPoolId",
            },
            identity,
        )
        self._deadline = int(fields["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(self._deadline - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        return f"LambdaContext({self.__dict__})"


class Fault(Exception):
    """A mistake that the runtime finds, with the type that Lambda gives it."""

    def __init__(self, kind, message, exports="", trace=None):
        super().__init__(message)
        self.kind = kind
        self.exports = exports
        self.trace = trace


class LoggingHook:
    """Gives the root logger Lambda's handler at the moment somebody imports logging: importing it
    for everybody would cost 6 ms."""

    request_id = ""

    def find_spec(self, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        from importlib.util import find_spec

        spec = find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            self.install(module)

        spec.loader.exec_module = exec_module
        return spec

    def install(self, logging):
        hook = self

        class Handler(logging.Handler):
            def emit(self, record):
                sys.stdout.write(self.format(record))

        class AddRequestId(logging.Filter):
            def filter(self, record):
                record.aws_request_id = hook.request_id
                return True

        form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        formatter = logging.Formatter(form, "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        handler = Handler()
        handler.setFormatter(formatter)
        handler.addFilter(AddRequestId())
        logging.root.addHandler(handler)


def exports_of(module):
    names = [n for n, v in vars(module).items() if callable(v) and not n.startswith("_")]
    return ",".join(names[:50])


def load(name):
    parts = name.replace("/", ".").rsplit(".", 1)
    if len(parts) != 2 or not all(parts):
        raise Fault(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)",
        )
    module_name, function_name = parts
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict",
            f"Cannot use built-in module {module_name} as a handler module",
        )
    from importlib import import_module

    try:
        module = import_module(module_name)
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise Fault("Runtime.ImportModuleError", message) from None
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise Fault("Runtime.UserCodeSyntaxError", message, trace=trace) from None
    if not hasattr(module, function_name):
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message, exports_of(module))
    return getattr(module, function_name)


def describe(error, request_id):
    """The error document, without the frames of this file and of the import machinery."""
    document = {"errorMessage": str(error), "errorType": type(error).__name__}
    document["requestId"] = request_id
    if isinstance(error, Fault):
        document.update(errorType=error.kind, stackTrace=error.trace or [])
        return document
    from traceback import extract_tb

    hidden = ("<string>", "<frozen importlib")
    frames = [f for f in extract_tb(error.__traceback__) if not f.filename.startswith(hidden)]
    frames = [f for f in frames if not f.filename.endswith("importlib/__init__.py")]
    document["stackTrace"] = [
        f'  File "{f.filename}", line {f.lineno}, in {f.name}\n    {f.line}\n' for f in frames
    ]
    return document


def report(document):
    text = f"[ERROR] {document['errorType']}: {document['errorMessage']}\n"
    if document["stackTrace"]:
        text += "Traceback (most recent call last):\n" + "".join(document["stackTrace"])
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


class Marshaller:
    """JSON as AWS's client writes it: a Decimal as the number it is, NaN as it stands."""

    def __init__(self):
        self._mark = ""

    def _default(self, value):
        if type(value).__name__ != "Decimal":
            raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
        if value.is_nan():
            return float("nan")
        self._mark = self._mark or os.urandom(16).hex()
        return f"{self._mark}{value}{self._mark}"

    def marshal(self, result):
        if isinstance(result, bytes):
            return result, "application/unknown"
        ascii_only = sys.version_info < (3, 12)
        try:
            text = json.dumps(result, ensure_ascii=ascii_only, default=self._default)
            if self._mark:
                text = text.replace(f'"{self._mark}', "").replace(f'{self._mark}"', "")
            return text.encode(), "application/json"
        except Exception as error:
            message = f"Unable to marshal response: {error}"
            raise Fault("Runtime.MarshalError", message) from None


def fail_init(api, error):
    document = describe(error, "")
    report(document)
    headers = "Content-Type: application/json\r\n"
    headers += f"Lambda-Runtime-Function-Error-Type: {document['errorType']}\r\n"
    exports = getattr(error, "exports", "")
    if exports and isinstance(error, Fault):
        headers += f"Meshfn-Exports: {exports}\r\n"
    api.call("POST", "init/error", json.dumps(document).encode(), headers)
    sys.exit(1)


def invoke(api, handler, fields, body):
    request_id = fields["lambda-runtime-aws-request-id"]
    trace_id = fields.get("lambda-runtime-trace-id")
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    try:
        try:
            event = json.loads(body)
        except ValueError as error:
            raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None
        result = handler(event, LambdaContext(fields))
        kind, (answer, form) = "response", Marshaller().marshal(result)
    except Exception as error:
        document = describe(error, request_id)
        report(document)
        kind, answer, form = "error", json.dumps(document).encode(), "application/json"
    sys.stdout.flush()
    # A refused answer (413) ends AWS's client; this one stays, as that of Node.js does.
    api.call("POST", f"invocation/{request_id}/{kind}", answer, f"Content-Type: {form}\r\n")


def main():
    sys.stdout.reconfigure(line_buffering=True)
    sys.stderr.reconfigure(line_buffering=True)
    sys.dont_write_bytecode = True  # the code folder is read-only in Lambda
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    sys.argv = [os.environ.get("_HANDLER", "")]
    hook = LoggingHook()
    sys.meta_path.insert(0, hook)
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load(os.environ.get("_HANDLER", ""))
    except Exception as error:
        fail_init(api, error)
    while True:
        sys.stdout.flush()
        fields, body = api.call("GET", "invocation/next")
        hook.request_id = fields["lambda-runtime-aws-request-id"]
        invoke(api, handler, fields, body)


main()
