"""Objects that the platforms share, in a store that speaks S3.

OBJECT_STORE_BUCKET names the bucket, OBJECT_STORE_URL the endpoint unless it is AWS's own; keys are
taken as AWS's clients take them (AWS_ACCESS_KEY_ID and so on). Without a bucket the objects are files
of this machine (DATA_FOLDER), which is for trying things out: other machines do not see them.
"""

import hashlib
import os
import pathlib
import tempfile
import uuid


class Conflict(Exception):
    """Somebody else changed the object since it was read: read it again and decide anew."""


def connect():
    """The store; keep it beside the handler, so that warm invocations use its connection again."""
    bucket = os.environ.get("OBJECT_STORE_BUCKET")
    if not bucket:
        return _Folder(pathlib.Path(os.environ.get("DATA_FOLDER") or tempfile.gettempdir()))
    import boto3  # only where it is used: it costs a cold start

    return _Bucket(boto3.client("s3", endpoint_url=os.environ.get("OBJECT_STORE_URL") or None), bucket)


class _Bucket:
    def __init__(self, client, bucket):
        self._client, self._bucket = client, bucket

    def get(self, key):
        """The bytes of `key` and their version: (None, None) when there is no such object."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=key)
        except self._client.exceptions.NoSuchKey:
            return None, None
        return found["Body"].read(), found["ETag"]

    def put(self, key, data, version):
        """Replaces what `get` gave with `version` (None: there was none), or raises Conflict."""
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data, **condition)
        except self._client.exceptions.ClientError as problem:
            if problem.response["ResponseMetadata"]["HTTPStatusCode"] not in (404, 409, 412):
                raise
            raise Conflict(f"`{key}` is no longer what was read") from None

    def delete(self, key):
        self._client.delete_object(Bucket=self._bucket, Key=key)


class _Folder:
    def __init__(self, folder):
        self._folder = folder / "<%name%>-objects"
        self._folder.mkdir(parents=True, exist_ok=True)

    def get(self, key):
        try:
            data = self._path(key).read_bytes()
        except FileNotFoundError:
            return None, None
        return data, hashlib.sha256(data).hexdigest()

    def put(self, key, data, version):
        if self.get(key)[1] != version:
            raise Conflict(f"`{key}` is no longer what was read")
        fresh = self._folder / f".{uuid.uuid4()}"
        fresh.write_bytes(data)
        try:
            if version is None:
                os.link(fresh, self._path(key))  # fails when there is one, where a rename replaces it
            else:
                os.replace(fresh, self._path(key))
        except FileExistsError:
            raise Conflict(f"`{key}` is no longer what was read") from None
        finally:
            fresh.unlink(missing_ok=True)

    def delete(self, key):
        self._path(key).unlink(missing_ok=True)

    def _path(self, key):
        return self._folder / hashlib.sha256(key.encode()).hexdigest()
