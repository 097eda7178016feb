using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json;

namespace Example.<%name|pascal%>
{
    /// <summary>Adapter for AWS Lambda: HTTP APIs and function URLs (payload format 2.0).</summary>
    public class AwsHandler
    {
        public Stream Handle(Stream input)
        {
            using (JsonDocument document = JsonDocument.Parse(input))
            {
                JsonElement request = document.RootElement;
                string? body = Json.Text(request, "body");
                if (body != null && request.TryGetProperty("isBase64Encoded", out JsonElement encoded)
                    && encoded.ValueKind == JsonValueKind.True)
                {
                    body = Encoding.UTF8.GetString(Convert.FromBase64String(body));
                }
                Answer answer = Core.Respond(Json.Text(request, "queryStringParameters", "name"), body);
                Console.WriteLine("answered " + answer.Status);
                return new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(new
                {
                    statusCode = answer.Status,
                    headers = new Dictionary<string, string> { { "content-type", "application/json" } },
                    body = answer.Body,
                }));
            }
        }
    }
}
