"""Calls `meshfn invoke --serve` through boto3, as a program that uses Lambda does."""

import json
import re
import signal
import subprocess
import sys

import boto3
from botocore.config import Config

meshfn, folder = sys.argv[1:]
server = subprocess.Popen(
    [meshfn, "invoke", folder, "--serve", "--port", "0"], stderr=subprocess.PIPE, text=True
)
line = server.stderr.readline()
base = re.search(r"http://127.0.0.1:\d+", line).group()
name = re.search(r"functions/([^/]+)/", line).group(1)
client = boto3.client(
    "lambda",
    endpoint_url=base,
    region_name="us-east-1",
    aws_access_key_id="AKIDEXAMPLE",
    aws_secret_access_key="example",
    config=Config(retries={"max_attempts": 0}),
)


def invoke(event, **options):
    return client.invoke(FunctionName=name, Payload=json.dumps(event), **options)


try:
    good = invoke({"name": "x"}, LogType="Tail")
    assert good["StatusCode"] == 200 and json.load(good["Payload"]) == "hello x", good
    assert good["LogResult"] and good["ExecutedVersion"] == "$LATEST"
    bad = invoke({"name": "fail"})
    assert bad["FunctionError"] == "Unhandled", bad
    assert json.load(bad["Payload"])["errorType"] == "ValueError"
    assert invoke({"name": "x"}, InvocationType="Event")["StatusCode"] == 202
    assert invoke({"name": "x"}, InvocationType="DryRun")["StatusCode"] == 204
    stream = client.invoke_with_response_stream(
        FunctionName=name, Payload=json.dumps({"name": "x"})
    )
    events = list(stream["EventStream"])
    assert events[0]["PayloadChunk"]["Payload"] == b'"hello x"', events
    assert "InvokeComplete" in events[-1], events
    try:
        client.invoke(FunctionName="nobody", Payload="{}")
        raise AssertionError("an unknown function was called")
    except client.exceptions.ResourceNotFoundException:
        pass
finally:
    server.send_signal(signal.SIGINT)
    assert server.wait(10) == 130
