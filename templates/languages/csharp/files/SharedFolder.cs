using System;
using System.IO;
<%if "postgres" in with or "redis" in with or "object-store" in with%>
using System.Security.Cryptography;
<%end%>

namespace Example.<%name|pascal%>
{
    /// <summary>A folder of files that stand in for a server, to try things out.</summary>
    public sealed class SharedFolder
    {
        /// <summary>The folder of this name below the root: DATA_FOLDER, or where temporary files are.</summary>
        public SharedFolder(string name, string? root)
        {
            string? set = root ?? Setting("DATA_FOLDER");
            Folder = Path.Combine(set ?? Path.GetTempPath(), name);
            Directory.CreateDirectory(Folder);
        }

        public string Folder { get; }

        /// <summary>The variable's value; null when it is not set.</summary>
        public static string? Setting(string name)
        {
            string? value = Environment.GetEnvironmentVariable(name);
            return string.IsNullOrEmpty(value) ? null : value;
        }

        /// <summary>The bytes of a file; null when there is none.</summary>
        public byte[]? Read(string file)
        {
            try
            {
                return File.ReadAllBytes(Path.Combine(Folder, file));
            }
            catch (FileNotFoundException)
            {
                return null;
            }
        }

        /// <summary>Puts the bytes there in one step, in place of what is there.</summary>
        public void Replace(string file, byte[] bytes)
        {
            File.Move(Write(bytes), Path.Combine(Folder, file), true);
        }

        /// <summary>Puts the bytes there in one step; false when the file is there already.</summary>
        public bool Create(string file, byte[] bytes)
        {
            string written = Write(bytes);
            string target = Path.Combine(Folder, file);
            try
            {
                File.Move(written, target);
                return true;
            }
            catch (IOException) when (File.Exists(target))
            {
                File.Delete(written);
                return false;
            }
        }

        public void Remove(string file)
        {
            File.Delete(Path.Combine(Folder, file));
        }

        private string Write(byte[] bytes)
        {
            string written = Path.Combine(Folder, "." + Guid.NewGuid());
            File.WriteAllBytes(written, bytes);
            return written;
        }
<%if "postgres" in with or "redis" in with or "object-store" in with%>

        /// <summary>Names the file of a key, whatever characters it has; tells contents apart.</summary>
        public static string Digest(byte[] bytes)
        {
            return Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();
        }
<%end%>
    }
}
