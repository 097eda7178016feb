using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using StackExchange.Redis;

namespace Example.<%name|pascal%>
{
    /// <summary>A message that was taken; its receipt is what ends it.</summary>
    public sealed class Taken
    {
        public Taken(string id, JsonElement data, string receipt)
        {
            Id = id;
            Data = data;
            Receipt = receipt;
        }

        /// <summary>The same each time it is delivered: what to key idempotency by.</summary>
        public string Id { get; }

        public JsonElement Data { get; }

        public string Receipt { get; }
    }

    /// <summary>Hands every message to one of those who take.</summary>
    public interface IOutbox : IDisposable
    {
        /// <summary>Puts one message in and returns its id.</summary>
        string Send(JsonElement data);

        /// <summary>Hides one message from others for so long; null when there is none.</summary>
        Taken? Take(TimeSpan lease);

        /// <summary>Takes the message out for good.</summary>
        void Done(Taken message);
    }

    /// <summary>
    /// A queue between platforms: what one puts in, another takes out. QUEUE_URL=redis://HOST:6379/0 (rediss:// for TLS)
    /// names the server; without it the messages are files of this machine (DATA_FOLDER), to try things out: other
    /// machines do not see them.
    /// </summary>
    public static class Outbox
    {
        /// <summary>How long a taken message is hidden as a rule; then it is delivered again.</summary>
        public static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

        /// <summary>Opens the queue; keep it beside the handler, so that warm invocations use it again.</summary>
        public static IOutbox Connect(string? folder = null)
        {
            string? url = SharedFolder.Setting("QUEUE_URL");
            if (url == null)
            {
                return new FileOutbox(new SharedFolder("<%name%>-queue", folder));
            }
            return new RedisOutbox(RedisServer.Connect(url));
        }
    }

    /// <summary>A Redis stream with one group of consumers: every message goes to one of them.</summary>
    internal sealed class RedisOutbox : IOutbox
    {
        private const string Key = "<%name%>:queue";
        private const string Group = "workers";

        private readonly ConnectionMultiplexer connection;
        private readonly StackExchange.Redis.IDatabase server;
        private readonly string consumer = Guid.NewGuid().ToString();

        public RedisOutbox(ConnectionMultiplexer connection)
        {
            this.connection = connection;
            server = connection.GetDatabase();
            try
            {
                server.StreamCreateConsumerGroup(Key, Group, "0", true);
            }
            catch (RedisServerException problem) when (problem.Message.Contains("BUSYGROUP"))
            {
                // Somebody made it before.
            }
        }

        public string Send(JsonElement data)
        {
            string id = Guid.NewGuid().ToString();
            server.StreamAdd(Key, new[] { new NameValueEntry("id", id), new NameValueEntry("data", data.GetRawText()) });
            return id;
        }

        public Taken? Take(TimeSpan lease)
        {
            long idle = (long)lease.TotalMilliseconds;
            StreamEntry[] entries = server.StreamAutoClaim(Key, Group, consumer, idle, "0-0", 1).ClaimedEntries;
            if (entries.Length == 0)
            {
                entries = server.StreamReadGroup(Key, Group, consumer, ">", 1);
            }
            if (entries.Length == 0)
            {
                return null;
            }
            string id = entries[0]["id"].ToString();
            return new Taken(id, Json.Parse(entries[0]["data"].ToString()), entries[0].Id.ToString());
        }

        public void Done(Taken message)
        {
            server.StreamAcknowledge(Key, Group, message.Receipt);
            server.StreamDelete(Key, new RedisValue[] { message.Receipt });
        }

        public void Dispose()
        {
            connection.Dispose();
        }
    }

    /// <summary>A file a message; its name says when it may be taken, so a move takes it.</summary>
    internal sealed class FileOutbox : IOutbox
    {
        private readonly SharedFolder folder;
        private int sent;

        public FileOutbox(SharedFolder folder)
        {
            this.folder = folder;
        }

        public string Send(JsonElement data)
        {
            string id = Guid.NewGuid().ToString();
            string name = NameOf(DateTimeOffset.UtcNow, Interlocked.Increment(ref sent), id);
            folder.Replace(name, Encoding.UTF8.GetBytes(data.GetRawText()));
            return id;
        }

        public Taken? Take(TimeSpan lease)
        {
            string[] names = Directory.GetFiles(folder.Folder).Select(file => Path.GetFileName(file))
                .Where(name => !name.StartsWith('.')).OrderBy(name => name, StringComparer.Ordinal).ToArray();
            foreach (string name in names)
            {
                string[] parts = name.Split('-', 3);
                long since = long.Parse(parts[0], CultureInfo.InvariantCulture);
                if (since > DateTimeOffset.UtcNow.ToUnixTimeMilliseconds())
                {
                    return null;
                }
                string receipt = NameOf(DateTimeOffset.UtcNow.Add(lease), 0, parts[2]);
                string path = Path.Combine(folder.Folder, receipt);
                try
                {
                    File.Move(Path.Combine(folder.Folder, name), path);
                }
                catch (FileNotFoundException)
                {
                    continue; // somebody was faster
                }
                return new Taken(parts[2], Json.Parse(File.ReadAllText(path)), receipt);
            }
            return null;
        }

        public void Done(Taken message)
        {
            folder.Remove(message.Receipt);
        }

        public void Dispose()
        {
        }

        /// <summary>Sorts by time, and by the count what is sent within a millisecond.</summary>
        private static string NameOf(DateTimeOffset from, int count, string id)
        {
            return string.Format(
                CultureInfo.InvariantCulture, "{0:D16}-{1:D8}-{2}", from.ToUnixTimeMilliseconds(), count, id);
        }
    }
}
