using System;
using System.IO;
using System.Net;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;

namespace Example.<%name|pascal%>
{
    /// <summary>Somebody else changed the object since it was read: read it again and decide anew.</summary>
    public sealed class ObjectConflictException : Exception
    {
        public ObjectConflictException(string key) : base("`" + key + "` is no longer what was read")
        {
        }
    }

    /// <summary>Bytes, with a version that is another after every change.</summary>
    public sealed class SharedObject
    {
        public SharedObject(byte[] data, string version)
        {
            Data = data;
            Version = version;
        }

        public byte[] Data { get; }

        public string Version { get; }
    }

    /// <summary>Objects by key.</summary>
    public interface ISharedObjects : IDisposable
    {
        /// <summary>The object of the key; null when there is none.</summary>
        SharedObject? Get(string key);

        /// <summary>Replaces what Get gave with the version (null: there was none); throws when it is no longer that.</summary>
        void Put(string key, byte[] data, string? version);

        void Delete(string key);
    }

    /// <summary>
    /// Objects that the platforms share, in a store that speaks S3. OBJECT_STORE_BUCKET names the bucket, OBJECT_STORE_URL
    /// the endpoint unless it is AWS's own; keys are taken as AWS's clients take them (AWS_ACCESS_KEY_ID and so on).
    /// Without a bucket the objects are files of this machine (DATA_FOLDER), to try things out: other machines do not
    /// see them.
    /// </summary>
    public static class SharedObjects
    {
        /// <summary>Opens the store; keep it beside the handler, so that warm invocations use it again.</summary>
        public static ISharedObjects Connect(string? folder = null)
        {
            string? bucket = SharedFolder.Setting("OBJECT_STORE_BUCKET");
            if (bucket == null)
            {
                return new FolderObjects(new SharedFolder("<%name%>-objects", folder));
            }
            string? url = SharedFolder.Setting("OBJECT_STORE_URL");
            if (url == null)
            {
                return new BucketObjects(new AmazonS3Client(), bucket);
            }
            var settings = new AmazonS3Config
            {
                ServiceURL = url,
                ForcePathStyle = true,
                AuthenticationRegion = SharedFolder.Setting("AWS_REGION") ?? "us-east-1",
            };
            return new BucketObjects(new AmazonS3Client(settings), bucket);
        }
    }

    internal sealed class BucketObjects : ISharedObjects
    {
        private readonly AmazonS3Client client;
        private readonly string bucket;

        public BucketObjects(AmazonS3Client client, string bucket)
        {
            this.client = client;
            this.bucket = bucket;
        }

        public SharedObject? Get(string key)
        {
            try
            {
                using (GetObjectResponse found = client.GetObjectAsync(bucket, key).GetAwaiter().GetResult())
                using (var data = new MemoryStream())
                {
                    found.ResponseStream.CopyTo(data);
                    return new SharedObject(data.ToArray(), found.ETag);
                }
            }
            catch (AmazonS3Exception problem) when (problem.ErrorCode == "NoSuchKey")
            {
                return null;
            }
        }

        public void Put(string key, byte[] data, string? version)
        {
            var request = new PutObjectRequest
            {
                BucketName = bucket,
                Key = key,
                InputStream = new MemoryStream(data),
            };
            if (version == null)
            {
                request.IfNoneMatch = "*";
            }
            else
            {
                request.IfMatch = version;
            }
            try
            {
                client.PutObjectAsync(request).GetAwaiter().GetResult();
            }
            catch (AmazonS3Exception problem) when (
                problem.StatusCode == HttpStatusCode.NotFound
                || problem.StatusCode == HttpStatusCode.Conflict
                || problem.StatusCode == HttpStatusCode.PreconditionFailed)
            {
                throw new ObjectConflictException(key);
            }
        }

        public void Delete(string key)
        {
            client.DeleteObjectAsync(bucket, key).GetAwaiter().GetResult();
        }

        public void Dispose()
        {
            client.Dispose();
        }
    }

    internal sealed class FolderObjects : ISharedObjects
    {
        private readonly SharedFolder folder;

        public FolderObjects(SharedFolder folder)
        {
            this.folder = folder;
        }

        public SharedObject? Get(string key)
        {
            byte[]? data = folder.Read(FileOf(key));
            return data == null ? null : new SharedObject(data, SharedFolder.Digest(data));
        }

        public void Put(string key, byte[] data, string? version)
        {
            if (Get(key)?.Version != version)
            {
                throw new ObjectConflictException(key);
            }
            if (version != null)
            {
                folder.Replace(FileOf(key), data);
            }
            else if (!folder.Create(FileOf(key), data))
            {
                throw new ObjectConflictException(key);
            }
        }

        public void Delete(string key)
        {
            folder.Remove(FileOf(key));
        }

        public void Dispose()
        {
        }

        private static string FileOf(string key)
        {
            return SharedFolder.Digest(Encoding.UTF8.GetBytes(key));
        }
    }
}
