// Objects that the platforms share, in a store that speaks S3. OBJECT_STORE_BUCKET names the bucket,
// OBJECT_STORE_URL the endpoint unless it is AWS's own; keys are taken as AWS's clients take them
// (AWS_ACCESS_KEY_ID and so on). Without a bucket the objects are files of this machine (DATA_FOLDER), to try
// things out: other machines do not see them.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';

/** Somebody else changed the object since it was read: read it again and decide anew. */
export class Conflict extends Error {}

/** Bytes with the version that `put` wants; both undefined when there is no such object. */
export interface Item {
  data: Buffer | undefined;
  version: string | undefined;
}

export interface Objects {
  close(): void;
  get(key: string): Promise<Item>;
  /** Replaces what `get` gave with `version` (undefined: there was none), or throws Conflict. */
  put(key: string, data: Buffer, version: string | undefined): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Opens the store; keep it beside the handler, so that warm invocations use its connection again. */
export async function connect(): Promise<Objects> {
  const bucket = process.env['OBJECT_STORE_BUCKET'];
  if (!bucket) return new Folder(join(process.env['DATA_FOLDER'] || tmpdir(), '<%name%>-objects'));
  const library = await import('@aws-sdk/client-s3');
  const endpoint = process.env['OBJECT_STORE_URL'];
  const client = new library.S3Client(endpoint ? { endpoint, forcePathStyle: true } : {});
  return new Bucket(library, client, bucket);
}

type Library = typeof import('@aws-sdk/client-s3');

function conflict(key: string) {
  return new Conflict(`\`${key}\` is no longer what was read`);
}

class Bucket implements Objects {
  #library: Library;
  #client: S3Client;
  #bucket: string;

  constructor(library: Library, client: S3Client, bucket: string) {
    this.#library = library;
    this.#client = client;
    this.#bucket = bucket;
  }

  close() {
    this.#client.destroy();
  }

  async get(key: string): Promise<Item> {
    try {
      const command = new this.#library.GetObjectCommand({ Bucket: this.#bucket, Key: key });
      const found = await this.#client.send(command);
      const bytes = (await found.Body?.transformToByteArray()) ?? new Uint8Array();
      return { data: Buffer.from(bytes), version: found.ETag };
    } catch (problem) {
      if (problem instanceof this.#library.NoSuchKey) return { data: undefined, version: undefined };
      throw problem;
    }
  }

  async put(key: string, data: Buffer, version: string | undefined) {
    const condition = version === undefined ? { IfNoneMatch: '*' } : { IfMatch: version };
    try {
      const command = { Bucket: this.#bucket, Key: key, Body: data, ...condition };
      await this.#client.send(new this.#library.PutObjectCommand(command));
    } catch (problem) {
      const failed = problem instanceof this.#library.S3ServiceException;
      const status = failed ? problem.$metadata.httpStatusCode : undefined;
      if (status === undefined || ![404, 409, 412].includes(status)) throw problem;
      throw conflict(key);
    }
  }

  async delete(key: string) {
    await this.#client.send(new this.#library.DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
  }
}

class Folder implements Objects {
  #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  close() {}

  async get(key: string): Promise<Item> {
    try {
      const data = readFileSync(this.#path(key));
      return { data, version: digest(data) };
    } catch (problem) {
      const absent = problem instanceof Error && 'code' in problem && problem.code === 'ENOENT';
      if (absent) return { data: undefined, version: undefined };
      throw problem;
    }
  }

  async put(key: string, data: Buffer, version: string | undefined) {
    if ((await this.get(key)).version !== version) throw conflict(key);
    const fresh = join(this.#folder, `.${randomUUID()}`);
    writeFileSync(fresh, data);
    if (version !== undefined) return renameSync(fresh, this.#path(key));
    try {
      linkSync(fresh, this.#path(key)); // fails when there is one, where a rename replaces it
    } catch {
      throw conflict(key);
    } finally {
      rmSync(fresh);
    }
  }

  async delete(key: string) {
    rmSync(this.#path(key), { force: true });
  }

  #path(key: string) {
    return join(this.#folder, digest(key));
  }
}

function digest(data: string | Uint8Array) {
  return createHash('sha256').update(data).digest('hex');
}
