using System;
using Xunit;

namespace Example.<%name|pascal%>.Tests
{
    /// <summary>With OBJECT_STORE_BUCKET set, all of it runs against that store; with files otherwise.</summary>
    public sealed class SharedObjectsTest : IDisposable
    {
        private readonly Scratch scratch = new Scratch();
        private readonly string key = "tests/" + Guid.NewGuid();
        private readonly ISharedObjects objects;

        public SharedObjectsTest()
        {
            objects = SharedObjects.Connect(scratch.Folder);
        }

        public void Dispose()
        {
            objects.Delete(key);
            objects.Dispose();
            scratch.Dispose();
        }

        [Fact]
        public void KeepsBytes()
        {
            Assert.Null(objects.Get(key));
            objects.Put(key, new byte[] { 0, 255 }, null);
            Assert.Equal(new byte[] { 0, 255 }, objects.Get(key)?.Data);
        }

        [Fact]
        public void MakesAnObjectOnlyOnce()
        {
            objects.Put(key, new byte[] { 1 }, null);
            Assert.Throws<ObjectConflictException>(() => objects.Put(key, new byte[] { 2 }, null));
        }

        [Fact]
        public void RefusesToOverwriteWhatSomebodyElseChanged()
        {
            objects.Put(key, new byte[] { 1 }, null);
            string? version = objects.Get(key)?.Version;
            Assert.NotNull(version);
            objects.Put(key, new byte[] { 2 }, version);
            Assert.Throws<ObjectConflictException>(() => objects.Put(key, new byte[] { 3 }, version));
            Assert.Equal(new byte[] { 2 }, objects.Get(key)?.Data);
        }
    }
}
