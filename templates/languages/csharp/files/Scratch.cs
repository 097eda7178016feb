using System;
using System.IO;

namespace Example.<%name|pascal%>.Tests
{
    /// <summary>A folder of a test's own, gone with it.</summary>
    public sealed class Scratch : IDisposable
    {
        public Scratch()
        {
            Folder = Directory.CreateTempSubdirectory().FullName;
        }

        public string Folder { get; }

        public void Dispose()
        {
            Directory.Delete(Folder, true);
        }
    }
}
