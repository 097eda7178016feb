// Objects that the platforms share, in a store that speaks S3. OBJECT_STORE_BUCKET names the bucket,
// OBJECT_STORE_URL the endpoint unless it is AWS's own; keys are taken as AWS's clients take them
// (AWS_ACCESS_KEY_ID and so on). Without a bucket the objects are files of this machine (DATA_FOLDER), to try
// things out: other machines do not see them.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Somebody else changed the object since it was read: read it again and decide anew. */
export class Conflict extends Error {}

/** Opens the store; keep it beside the handler, so that warm invocations use its connection again. */
export async function connect() {
  const bucket = process.env.OBJECT_STORE_BUCKET;
  if (!bucket) return new Folder(join(process.env.DATA_FOLDER || tmpdir(), '<%name%>-objects'));
  const library = await import('@aws-sdk/client-s3');
  const endpoint = process.env.OBJECT_STORE_URL || undefined;
  return new Bucket(library, new library.S3Client({ endpoint, forcePathStyle: endpoint !== undefined }), bucket);
}

function conflict(key) {
  return new Conflict(`\`${key}\` is no longer what was read`);
}

class Bucket {
  #library;
  #client;
  #bucket;

  constructor(library, client, bucket) {
    this.#library = library;
    this.#client = client;
    this.#bucket = bucket;
  }

  close() {
    this.#client.destroy();
  }

  /** The bytes of `key` and their version: both undefined when there is no such object. */
  async get(key) {
    try {
      const command = new this.#library.GetObjectCommand({ Bucket: this.#bucket, Key: key });
      const found = await this.#client.send(command);
      return { data: Buffer.from(await found.Body.transformToByteArray()), version: found.ETag };
    } catch (problem) {
      if (problem.name === 'NoSuchKey') return { data: undefined, version: undefined };
      throw problem;
    }
  }

  /** Replaces what `get` gave with `version` (undefined: there was none), or throws Conflict. */
  async put(key, data, version) {
    const condition = version === undefined ? { IfNoneMatch: '*' } : { IfMatch: version };
    try {
      const command = { Bucket: this.#bucket, Key: key, Body: data, ...condition };
      await this.#client.send(new this.#library.PutObjectCommand(command));
    } catch (problem) {
      if (![404, 409, 412].includes(problem.$metadata?.httpStatusCode)) throw problem;
      throw conflict(key);
    }
  }

  async delete(key) {
    await this.#client.send(new this.#library.DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
  }
}

class Folder {
  #folder;

  constructor(folder) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  close() {}

  async get(key) {
    try {
      const data = readFileSync(this.#path(key));
      return { data, version: digest(data) };
    } catch (problem) {
      if (problem.code === 'ENOENT') return { data: undefined, version: undefined };
      throw problem;
    }
  }

  async put(key, data, version) {
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

  async delete(key) {
    rmSync(this.#path(key), { force: true });
  }

  #path(key) {
    return join(this.#folder, digest(key));
  }
}

function digest(data) {
  return createHash('sha256').update(data).digest('hex');
}
