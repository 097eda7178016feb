using System;
using System.Collections.Generic;
using System.Text.Json;

namespace Example.<%name|pascal%>
{
    /// <summary>The caller's mistake, told to the caller.</summary>
    public class InvalidRequestException : Exception
    {
        public InvalidRequestException(string message) : base(message)
        {
        }
    }

    /// <summary>Status and JSON text of an answer.</summary>
    public class Answer
    {
        public Answer(int status, string key, string text)
        {
            Status = status;
            Body = JsonSerializer.Serialize(new Dictionary<string, string> { { key, text } });
        }

        public int Status { get; }

        public string Body { get; }
    }

    /// <summary>What the function does. It knows no cloud: the adapters beside it call it.</summary>
    public static class Core
    {
        public const int LongestName = 100;

        /// <summary>The answer to a request with this `name` in its query, or this body.</summary>
        public static Answer Respond(string? name, string? body)
        {
            try
            {
                return new Answer(200, "message", Greet(name ?? NameIn(body)));
            }
            catch (InvalidRequestException problem)
            {
                return new Answer(400, "error", problem.Message);
            }
        }

        private static string Greet(string name)
        {
            name = name.Trim();
            if (name.Length == 0)
            {
                throw new InvalidRequestException("name is empty");
            }
            if (name.Length > LongestName)
            {
                throw new InvalidRequestException("name is longer than " + LongestName + " characters");
            }
            return "Hello, " + name + "!";
        }

        private static string NameIn(string? body)
        {
            if (string.IsNullOrEmpty(body))
            {
                return "world";
            }
            JsonElement fields;
            try
            {
                fields = Json.Parse(body);
            }
            catch (JsonException)
            {
                throw new InvalidRequestException("body is not JSON");
            }
            return Json.Text(fields, "name") ?? throw new InvalidRequestException("body has no text `name`");
        }
    }
}
