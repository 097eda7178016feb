using System;
using System.Linq;
using System.Text.Json;

namespace Example.<%name|pascal%>
{
    /// <summary>A message that no retry can mend.</summary>
    public class InvalidMessageException : Exception
    {
        public InvalidMessageException(string message) : base(message)
        {
        }
    }

    /// <summary>One unit of work, whatever brought it.</summary>
    public class Message
    {
        public Message(string id, string source, JsonElement data)
        {
            Id = id;
            Source = source;
            Data = data;
        }

        /// <summary>The same each time it is delivered: what to key idempotency by.</summary>
        public string Id { get; }

        public string Source { get; }

        public JsonElement Data { get; }
    }

    /// <summary>What the function does. It knows no cloud: the adapters beside it call it.</summary>
    public static class Core
    {
        /// <summary>Does the work of one message and says what was done; throws to have it delivered again.</summary>
        public static string Handle(Message message)
        {
            if (message.Data.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidMessageException("data of " + message.Id + " is not an object");
            }
            string[] fields = message.Data.EnumerateObject().Select(field => field.Name)
                .OrderBy(name => name, StringComparer.Ordinal).ToArray();
            return JsonSerializer.Serialize(new { id = message.Id, source = message.Source, fields });
        }
    }
}
