using System;
<%if trigger == "queue" or trigger == "stream"%>
using System.Collections.Generic;
<%end%>
using System.IO;
<%if trigger == "storage"%>
using System.Net;
<%end%>
using System.Text;
using System.Text.Json;

namespace Example.<%name|pascal%>
{
<%if trigger == "queue"%>
    /// <summary>Adapter for AWS Lambda: a batch of an SQS queue.</summary>
<%elif trigger == "stream"%>
    /// <summary>Adapter for AWS Lambda: a batch of a DynamoDB stream.</summary>
<%elif trigger == "storage"%>
    /// <summary>Adapter for AWS Lambda: notifications of an S3 bucket.</summary>
<%elif trigger == "schedule"%>
    /// <summary>Adapter for AWS Lambda: a rule on a schedule.</summary>
<%else%>
    /// <summary>Adapter for AWS Lambda: an event of an EventBridge bus.</summary>
<%end%>
    public class AwsHandler
    {
        public Stream Handle(Stream input)
        {
            using (JsonDocument document = JsonDocument.Parse(input))
            {
                return new MemoryStream(Encoding.UTF8.GetBytes(Answer(document.RootElement)));
            }
        }

<%if trigger == "queue" or trigger == "stream"%>
<%if trigger == "queue"%>
        /// <summary>Names the messages that failed; Lambda delivers only those again.</summary>
<%else%>
        /// <summary>Stops at the first change that fails: Lambda goes on from there, so the order holds.</summary>
<%end%>
        private static string Answer(JsonElement input)
        {
            var failed = new List<Dictionary<string, string?>>();
            foreach (JsonElement record in input.GetProperty("Records").EnumerateArray())
            {
<%if trigger == "queue"%>
                string? id = Json.Text(record, "messageId");
<%else%>
                string? id = Json.Text(record, "dynamodb", "SequenceNumber");
<%end%>
                try
                {
                    Console.WriteLine("handled " + Core.Handle(MessageOf(record)));
                }
                catch (Exception problem)
                {
                    Console.Error.WriteLine(id + " failed: " + problem);
                    failed.Add(new Dictionary<string, string?> { { "itemIdentifier", id } });
<%if trigger == "stream"%>
                    break;
<%end%>
                }
            }
            return JsonSerializer.Serialize(new { batchItemFailures = failed });
        }

        private static Message MessageOf(JsonElement record)
        {
            string source = Json.Text(record, "eventSourceARN") ?? "";
<%if trigger == "queue"%>
            return new Message(Json.Text(record, "messageId") ?? "", source, Json.Parse(Json.Text(record, "body") ?? ""));
<%else%>
            JsonElement change = record.GetProperty("dynamodb");
            var data = new Dictionary<string, object?>
            {
                { "operation", Json.Text(record, "eventName") },
                { "keys", change.GetProperty("Keys") },
                { "new", change.TryGetProperty("NewImage", out JsonElement now) ? now : (JsonElement?)null },
                { "old", change.TryGetProperty("OldImage", out JsonElement old) ? old : (JsonElement?)null },
            };
            return new Message(Json.Text(record, "eventID") ?? "", source, Json.Of(data));
<%end%>
        }
<%elif trigger == "storage"%>
        private static string Answer(JsonElement input)
        {
            foreach (JsonElement record in input.GetProperty("Records").EnumerateArray())
            {
                Console.WriteLine("handled " + Core.Handle(MessageOf(record.GetProperty("s3"))));
            }
            return "null";
        }

        private static Message MessageOf(JsonElement stored)
        {
            string key = WebUtility.UrlDecode(Json.Text(stored, "object", "key") ?? "");
            JsonElement item = stored.GetProperty("object");
            long? size = item.TryGetProperty("size", out JsonElement bytes) ? bytes.GetInt64() : (long?)null;
            // The sequencer differs for each version of a key, and is the same when delivered again.
            return new Message(
                key + "@" + Json.Text(item, "sequencer"),
                Json.Text(stored, "bucket", "arn") ?? "",
                Json.Of(new { bucket = Json.Text(stored, "bucket", "name"), key, size }));
        }
<%elif trigger == "schedule"%>
        private static string Answer(JsonElement input)
        {
            string source = input.GetProperty("resources")[0].GetString() ?? "";
            JsonElement data = Json.Of(new { time = Json.Text(input, "time") });
            Console.WriteLine("handled " + Core.Handle(new Message(Json.Text(input, "id") ?? "", source, data)));
            return "null";
        }
<%else%>
        private static string Answer(JsonElement input)
        {
            string source = Json.Text(input, "source") ?? "";
            JsonElement data = input.GetProperty("detail");
            Console.WriteLine("handled " + Core.Handle(new Message(Json.Text(input, "id") ?? "", source, data)));
            return "null";
        }
<%end%>
    }
}
