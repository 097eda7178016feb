using System;
using System.Threading;
using Xunit;

namespace Example.<%name|pascal%>.Tests
{
    /// <summary>With REDIS_URL set, all of it runs against that server; with files otherwise.</summary>
    public sealed class CacheTest : IDisposable
    {
        private readonly Scratch scratch = new Scratch();
        private readonly string key = Guid.NewGuid().ToString();
        private readonly Cache cache;
        private readonly Cache other;

        public CacheTest()
        {
            cache = Cache.Connect(scratch.Folder);
            other = Cache.Connect(scratch.Folder);
        }

        public void Dispose()
        {
            cache.Dispose();
            other.Dispose();
            scratch.Dispose();
        }

        [Fact]
        public void DoesTheWorkOfAMessageOnce()
        {
            int calls = 0;
            Assert.True(cache.Once(key, () => calls++));
            Assert.False(other.Once(key, () => calls++));
            Assert.Equal(1, calls);
        }

        [Fact]
        public void DoesItAgainWhenItFailed()
        {
            Assert.Throws<TimeoutException>(() => cache.Once(key, () => throw new TimeoutException()));
            Assert.True(cache.Once(key, () => { }));
        }

        [Fact]
        public void PutsOffADeliveryThatComesMeanwhile()
        {
            Assert.True(cache.Once(key, () => Assert.Throws<BusyException>(() => other.Once(key, () => { }))));
        }

        [Fact]
        public void ForgetsAValueInTime()
        {
            cache.Put(key, Json.Of(7), TimeSpan.FromSeconds(1));
            Assert.Equal(7, other.Get(key)?.GetInt32());
            Thread.Sleep(1100);
            Assert.Null(cache.Get(key));
        }
    }
}
