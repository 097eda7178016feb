using System;
using System.Text;
using System.Text.Json;
using StackExchange.Redis;

namespace Example.<%name|pascal%>
{
    /// <summary>Another delivery of the same message is being worked on: fail, to have it delivered later.</summary>
    public sealed class BusyException : Exception
    {
        public BusyException(string id) : base("another delivery of `" + id + "` is being worked on")
        {
        }
    }

    /// <summary>
    /// Data that the platforms share for a while. REDIS_URL=redis://HOST:6379/0 (rediss:// for TLS) names the server;
    /// without it the data is in files of this machine (DATA_FOLDER), to try things out: other machines do not see them.
    /// </summary>
    public sealed class Cache : IDisposable
    {
        /// <summary>One delivery may work so long; longer than the function's timeout.</summary>
        private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

        /// <summary>A finished id is remembered so long: as long as a queue may deliver it again.</summary>
        private static readonly TimeSpan Kept = TimeSpan.FromDays(14);

        private readonly ICacheStore store;

        private Cache(ICacheStore store)
        {
            this.store = store;
        }

        /// <summary>Opens the cache; keep it beside the handler, so that warm invocations use it again.</summary>
        public static Cache Connect(string? folder = null)
        {
            string? url = SharedFolder.Setting("REDIS_URL");
            if (url == null)
            {
                return new Cache(new FileCacheStore(new SharedFolder("<%name%>-cache", folder)));
            }
            return new Cache(new RedisCacheStore(RedisServer.Connect(url)));
        }

        /// <summary>Does the work unless it was done for this id; says whether it did it.</summary>
        public bool Once(string id, Action work)
        {
            string key = "<%name%>:done:" + id;
            string token = Guid.NewGuid().ToString();
            string? held = store.Claim(key, token, Lease);
            if (held == "done")
            {
                return false;
            }
            if (held != null)
            {
                throw new BusyException(id);
            }
            try
            {
                work();
            }
            catch
            {
                store.Release(key, token);
                throw;
            }
            store.Finish(key, token, Kept);
            return true;
        }

        /// <summary>The value of the key; null when there is none (any more).</summary>
        public JsonElement? Get(string key)
        {
            string? text = store.Get("<%name%>:" + key);
            return text == null ? null : Json.Parse(text);
        }

        /// <summary>Keeps the value for a while.</summary>
        public void Put(string key, JsonElement value, TimeSpan life)
        {
            store.Put("<%name%>:" + key, value.GetRawText(), life);
        }

        public void Dispose()
        {
            store.Dispose();
        }
    }

    internal interface ICacheStore : IDisposable
    {
        /// <summary>What holds the key; null when it is now this token's.</summary>
        string? Claim(string key, string token, TimeSpan life);

        void Finish(string key, string token, TimeSpan life);

        void Release(string key, string token);

        string? Get(string key);

        void Put(string key, string text, TimeSpan life);
    }

    internal sealed class RedisCacheStore : ICacheStore
    {
        // Only who holds the lease may end it: after a pause it may be somebody else's.
        private const string FinishScript = "if redis.call('get', KEYS[1]) == ARGV[1] then"
            + " return redis.call('set', KEYS[1], 'done', 'PX', ARGV[2]) end";

        private const string ReleaseScript =
            "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end";

        private readonly ConnectionMultiplexer connection;
        private readonly StackExchange.Redis.IDatabase server;

        public RedisCacheStore(ConnectionMultiplexer connection)
        {
            this.connection = connection;
            server = connection.GetDatabase();
        }

        public string? Claim(string key, string token, TimeSpan life)
        {
            while (!server.StringSet(key, token, life, When.NotExists))
            {
                string? held = Get(key);
                if (held != null)
                {
                    return held; // it may have run out between the two commands
                }
            }
            return null;
        }

        public void Finish(string key, string token, TimeSpan life)
        {
            var values = new RedisValue[] { token, (long)life.TotalMilliseconds };
            server.ScriptEvaluate(FinishScript, new RedisKey[] { key }, values);
        }

        public void Release(string key, string token)
        {
            server.ScriptEvaluate(ReleaseScript, new RedisKey[] { key }, new RedisValue[] { token });
        }

        public string? Get(string key)
        {
            return server.StringGet(key);
        }

        public void Put(string key, string text, TimeSpan life)
        {
            server.StringSet(key, text, life, When.Always);
        }

        public void Dispose()
        {
            connection.Dispose();
        }
    }

    /// <summary>A file a key: its text, and when it ends.</summary>
    internal sealed class FileCacheStore : ICacheStore
    {
        private readonly SharedFolder folder;

        public FileCacheStore(SharedFolder folder)
        {
            this.folder = folder;
        }

        public string? Claim(string key, string token, TimeSpan life)
        {
            string? held = Get(key);
            if (held != null)
            {
                return held;
            }
            folder.Remove(FileOf(key));
            return folder.Create(FileOf(key), Entry(token, life)) ? null : "somebody";
        }

        public void Finish(string key, string token, TimeSpan life)
        {
            if (Get(key) == token)
            {
                Put(key, "done", life);
            }
        }

        public void Release(string key, string token)
        {
            if (Get(key) == token)
            {
                folder.Remove(FileOf(key));
            }
        }

        public string? Get(string key)
        {
            byte[]? bytes = folder.Read(FileOf(key));
            if (bytes == null)
            {
                return null;
            }
            JsonElement kept;
            try
            {
                kept = Json.Parse(Encoding.UTF8.GetString(bytes));
            }
            catch (JsonException)
            {
                return null; // a file that is being written is not there yet
            }
            bool lives = kept.GetProperty("until").GetInt64() > DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            return lives ? kept.GetProperty("text").GetString() : null;
        }

        public void Put(string key, string text, TimeSpan life)
        {
            folder.Replace(FileOf(key), Entry(text, life));
        }

        public void Dispose()
        {
        }

        private static byte[] Entry(string text, TimeSpan life)
        {
            long until = DateTimeOffset.UtcNow.Add(life).ToUnixTimeMilliseconds();
            return JsonSerializer.SerializeToUtf8Bytes(new { text, until });
        }

        private static string FileOf(string key)
        {
            return SharedFolder.Digest(Encoding.UTF8.GetBytes(key));
        }
    }
}
