using System;
using System.IO;

namespace Example.<%name|pascal%>.Tests
{
    public static class Sample
    {
        /// <summary>The text of a sample event.</summary>
        public static string Read(string name)
        {
            return File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "events", name + ".json"));
        }
    }
}
