using System;
<%if trigger == "http"%>
using System.IO;
using System.Threading.Tasks;
using Google.Cloud.Functions.Framework;
using Microsoft.AspNetCore.Http;
<%else%>
<%if trigger == "queue"%>
using System.Text;
<%end%>
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using CloudNative.CloudEvents;
using Google.Cloud.Functions.Framework;
<%end%>

namespace Example.<%name|pascal%>
{
    /// <summary>Adapter for Google Cloud Functions.</summary>
<%if trigger == "http"%>
    public class GcpFunction : IHttpFunction
    {
        public async Task HandleAsync(HttpContext context)
        {
            string body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            string? name = context.Request.Query.ContainsKey("name") ? context.Request.Query["name"].ToString() : null;
            Answer answer = Core.Respond(name, body);
            Console.WriteLine("answered " + answer.Status);
            context.Response.StatusCode = answer.Status;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(answer.Body);
        }
    }
<%else%>
    public class GcpFunction : ICloudEventFunction
    {
        // An exception is answered with 500, and the event is delivered again.
        public Task HandleAsync(CloudEvent input, CancellationToken cancellation)
        {
            JsonElement data = input.Data is JsonElement element ? element : Json.Parse(input.Data?.ToString() ?? "null");
            Work(input.Id ?? "", input.Source?.ToString() ?? "", input.Time?.ToString("o") ?? "", data);
            return Task.CompletedTask;
        }

        public static void Work(string id, string source, string time, JsonElement data)
        {
<%if trigger == "queue"%>
            id = Json.Text(data, "message", "messageId") ?? id;
            byte[] bytes = Convert.FromBase64String(Json.Text(data, "message", "data") ?? "");
            data = Json.Parse(Encoding.UTF8.GetString(bytes));
<%elif trigger == "schedule"%>
            data = Json.Of(new { time });
<%elif trigger == "storage"%>
            id = Json.Text(data, "id") ?? id;
            long size = long.Parse(Json.Text(data, "size") ?? "0");
            data = Json.Of(new { bucket = Json.Text(data, "bucket"), key = Json.Text(data, "name"), size });
<%elif trigger == "stream"%>
            JsonElement? now = data.TryGetProperty("value", out JsonElement value) ? value : (JsonElement?)null;
            JsonElement? old = data.TryGetProperty("oldValue", out JsonElement before) ? before : (JsonElement?)null;
            data = Json.Of(new { now, old });
<%end%>
            Console.WriteLine("handled " + Core.Handle(new Message(id, source, data)));
        }
    }
<%end%>
}
