using System;
using Xunit;

namespace Example.<%name|pascal%>.Tests
{
    /// <summary>With DATABASE_URL set, all of it runs against that server; with files otherwise.</summary>
    public sealed class DatabaseTest : IDisposable
    {
        private readonly Scratch scratch = new Scratch();
        private readonly string key = Guid.NewGuid().ToString();
        private readonly IDatabase database;
        private readonly IDatabase other;

        public DatabaseTest()
        {
            database = Database.Open(scratch.Folder);
            other = Database.Open(scratch.Folder);
        }

        public void Dispose()
        {
            database.Dispose();
            other.Dispose();
            scratch.Dispose();
        }

        [Fact]
        public void DoesTheWorkOfAMessageOnce()
        {
            int calls = 0;
            Assert.True(database.Once(key, () => calls++));
            Assert.False(other.Once(key, () => calls++));
            Assert.Equal(1, calls);
        }

        [Fact]
        public void DoesItAgainWhenItFailed()
        {
            Assert.Throws<TimeoutException>(() => database.Once(key, () => throw new TimeoutException()));
            Assert.True(database.Once(key, () => { }));
        }

        [Fact]
        public void RefusesToOverwriteWhatSomebodyElseChanged()
        {
            database.Put(key, Json.Of(2), 0);
            Assert.Throws<ItemConflictException>(() => other.Put(key, Json.Of(2), 0));
            Item read = database.Get(key);
            Assert.Equal(2, read.Value?.GetInt32());
            other.Put(key, Json.Of(1), read.Version);
            Assert.Throws<ItemConflictException>(() => database.Put(key, Json.Of(1), read.Version));
            Assert.Equal(read.Version + 1, database.Get(key).Version);
        }
    }
}
