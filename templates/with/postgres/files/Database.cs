using System;
using System.Text;
using System.Text.Json;
using Npgsql;

namespace Example.<%name|pascal%>
{
    /// <summary>Somebody else changed the item since it was read: read it again and decide anew.</summary>
    public sealed class ItemConflictException : Exception
    {
        public ItemConflictException(string key, long version)
            : base("`" + key + "` is no longer at version " + version)
        {
        }
    }

    /// <summary>A value, with a version that grows with every change: null and 0 when there is none.</summary>
    public sealed class Item
    {
        public Item(JsonElement? value, long version)
        {
            Value = value;
            Version = version;
        }

        public JsonElement? Value { get; }

        public long Version { get; }
    }

    /// <summary>Values by key. Threads take turns.</summary>
    public interface IDatabase : IDisposable
    {
        /// <summary>
        /// Does the work unless it was done for this id; says whether it did it. The mark and what the work puts here are
        /// one transaction: both are kept or, when the work throws, neither, and the message may be delivered again. A
        /// second delivery that comes meanwhile waits.
        /// </summary>
        bool Once(string id, Action work);

        Item Get(string key);

        /// <summary>Replaces what Get gave with the version; throws when it is no longer that.</summary>
        void Put(string key, JsonElement value, long version);
    }

    /// <summary>
    /// Data that the platforms share. DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME names the server; without it the
    /// data is in files of this machine (DATA_FOLDER), to try things out: other machines do not see them, and what work
    /// put before it failed stays there.
    /// </summary>
    public static class Database
    {
        /// <summary>Opens the shared data; keep it beside the handler, so that warm invocations use it again.</summary>
        public static IDatabase Open(string? folder = null)
        {
            string? url = SharedFolder.Setting("DATABASE_URL");
            if (url == null)
            {
                return new FileDatabase(new SharedFolder("<%name%>", folder));
            }
            return new PostgresDatabase(SettingsOf(new Uri(url)));
        }

        private static string SettingsOf(Uri url)
        {
            string[] user = url.UserInfo.Split(':', 2);
            var settings = new NpgsqlConnectionStringBuilder
            {
                Host = url.Host == "" ? "/var/run/postgresql" : url.Host,
                Port = url.Port > 0 ? url.Port : 5432,
                Database = Uri.UnescapeDataString(url.AbsolutePath.Trim('/')),
                Timeout = 5,
            };
            if (user[0] != "")
            {
                settings.Username = Uri.UnescapeDataString(user[0]);
            }
            if (user.Length == 2)
            {
                settings.Password = Uri.UnescapeDataString(user[1]);
            }
            foreach (string option in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] parts = option.Split('=', 2);
                if (parts[0] == "sslmode" && parts.Length == 2)
                {
                    settings.SslMode = Enum.Parse<SslMode>(parts[1].Replace("-", ""), true);
                }
            }
            return settings.ConnectionString;
        }
    }

    internal sealed class PostgresDatabase : IDatabase
    {
        private readonly object turns = new object();
        private readonly NpgsqlConnection connection;
        private bool working;

        public PostgresDatabase(string settings)
        {
            connection = new NpgsqlConnection(settings);
            connection.Open();
            // Two first calls at once would both create the tables, and one of them would fail.
            Run("SELECT pg_advisory_lock(7238)");
            Run("CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY)");
            Run("CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, version BIGINT NOT NULL, value TEXT NOT NULL)");
            Run("SELECT pg_advisory_unlock(7238)");
        }

        public bool Once(string id, Action work)
        {
            lock (turns)
            {
                Revive();
                working = true;
                try
                {
                    // What is not committed is undone at the end of the block.
                    using (NpgsqlTransaction transaction = connection.BeginTransaction())
                    {
                        bool first = Run("INSERT INTO done VALUES ($1) ON CONFLICT DO NOTHING", id) == 1;
                        if (first)
                        {
                            work();
                        }
                        // Committing a transaction in which a statement failed undoes it without an error; this gives one.
                        Run("SELECT 1");
                        transaction.Commit();
                        return first;
                    }
                }
                finally
                {
                    working = false;
                }
            }
        }

        public Item Get(string key)
        {
            lock (turns)
            {
                Revive();
                using (NpgsqlCommand command = Command("SELECT value, version FROM items WHERE key = $1", key))
                using (NpgsqlDataReader reader = command.ExecuteReader())
                {
                    return reader.Read()
                        ? new Item(Json.Parse(reader.GetString(0)), reader.GetInt64(1))
                        : new Item(null, 0);
                }
            }
        }

        public void Put(string key, JsonElement value, long version)
        {
            lock (turns)
            {
                Revive();
                int changed = version == 0
                    ? Run("INSERT INTO items VALUES ($1, 1, $2) ON CONFLICT DO NOTHING", key, value.GetRawText())
                    : Run(
                        "UPDATE items SET value = $2, version = version + 1 WHERE key = $1 AND version = $3",
                        key, value.GetRawText(), version);
                if (changed != 1)
                {
                    throw new ItemConflictException(key, version);
                }
            }
        }

        public void Dispose()
        {
            connection.Dispose();
        }

        /// <summary>Makes a connection that broke anew, but never in the middle of a transaction.</summary>
        private void Revive()
        {
            if (working)
            {
                return;
            }
            try
            {
                Run("SELECT 1");
            }
            catch (Exception)
            {
                connection.Close();
                NpgsqlConnection.ClearPool(connection);
                connection.Open();
            }
        }

        private NpgsqlCommand Command(string sql, params object[] values)
        {
            var command = new NpgsqlCommand(sql, connection);
            foreach (object value in values)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }
            return command;
        }

        private int Run(string sql, params object[] values)
        {
            using (NpgsqlCommand command = Command(sql, values))
            {
                return command.ExecuteNonQuery();
            }
        }
    }

    internal sealed class FileDatabase : IDatabase
    {
        private readonly SharedFolder folder;

        public FileDatabase(SharedFolder folder)
        {
            this.folder = folder;
        }

        public bool Once(string id, Action work)
        {
            string mark = FileOf("done-" + id);
            if (!folder.Create(mark, Encoding.UTF8.GetBytes(id)))
            {
                return false;
            }
            try
            {
                work();
            }
            catch
            {
                folder.Remove(mark);
                throw;
            }
            return true;
        }

        public Item Get(string key)
        {
            byte[]? bytes = folder.Read(FileOf(key));
            if (bytes == null)
            {
                return new Item(null, 0);
            }
            JsonElement item = Json.Parse(Encoding.UTF8.GetString(bytes));
            return new Item(item.GetProperty("value"), item.GetProperty("version").GetInt64());
        }

        public void Put(string key, JsonElement value, long version)
        {
            if (Get(key).Version != version)
            {
                throw new ItemConflictException(key, version);
            }
            byte[] item = JsonSerializer.SerializeToUtf8Bytes(new { value, version = version + 1 });
            if (version > 0)
            {
                folder.Replace(FileOf(key), item);
            }
            else if (!folder.Create(FileOf(key), item))
            {
                throw new ItemConflictException(key, version);
            }
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
