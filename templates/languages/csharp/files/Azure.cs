using System;
<%if trigger == "http"%>
using System.IO;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
<%elif trigger == "event" or trigger == "stream"%>
using System.Text.Json;
<%end%>
using Microsoft.Azure.Functions.Worker;

namespace Example.<%name|pascal%>
{
    /// <summary>Adapter for Azure Functions.</summary>
    public class AzureFunction
    {
        [Function("<%name%>")]
<%if trigger == "http"%>
        public async Task<IActionResult> Run(
            [HttpTrigger(AuthorizationLevel.Function, "get", "post", Route = "<%name%>")] HttpRequest request)
        {
            string body = await new StreamReader(request.Body).ReadToEndAsync();
            string? name = request.Query.ContainsKey("name") ? request.Query["name"].ToString() : null;
            Answer answer = Core.Respond(name, body);
            Console.WriteLine("answered " + answer.Status);
            return new ContentResult
            {
                StatusCode = answer.Status,
                ContentType = "application/json",
                Content = answer.Body,
            };
        }
<%elif trigger == "schedule"%>
        public void Run([TimerTrigger("0 */5 * * * *")] TimerInfo timer, FunctionContext context)
        {
            Work(context.InvocationId, timer.IsPastDue);
        }

        public static void Work(string id, bool pastDue)
        {
            Console.WriteLine("handled " + Core.Handle(new Message(id, "timer", Json.Of(new { pastDue }))));
        }
<%elif trigger == "queue"%>
        public void Run(
            [QueueTrigger("<%name%>", Connection = "AzureWebJobsStorage")] Azure.Storage.Queues.Models.QueueMessage message)
        {
            Work(message.MessageId, message.MessageText);
        }

        // An exception leaves the message in the queue; after five it goes to <%name%>-poison.
        public static void Work(string id, string text)
        {
            Console.WriteLine("handled " + Core.Handle(new Message(id, "<%name%>", Json.Parse(text))));
        }
<%elif trigger == "storage"%>
        public void Run(
            [BlobTrigger("<%name%>/{name}", Source = BlobTriggerSource.EventGrid, Connection = "AzureWebJobsStorage")]
            byte[] content,
            string name,
            FunctionContext context)
        {
            context.BindingContext.BindingData.TryGetValue("Uri", out object? uri);
            Work(uri?.ToString()?.Trim('"') ?? name, name, content.Length);
        }

        public static void Work(string uri, string name, long size)
        {
            Console.WriteLine("handled " + Core.Handle(new Message(uri, "<%name%>", Json.Of(new { name, uri, size }))));
        }
<%elif trigger == "event"%>
        public void Run([EventGridTrigger] string text)
        {
            Work(text);
        }

        public static void Work(string text)
        {
            JsonElement input = Json.Parse(text);
            string source = Json.Text(input, "topic") ?? Json.Text(input, "source") ?? "";
            JsonElement data = input.GetProperty("data");
            Console.WriteLine("handled " + Core.Handle(new Message(Json.Text(input, "id") ?? "", source, data)));
        }
<%else%>
        public void Run(
            [CosmosDBTrigger("<%name%>", "items", Connection = "CosmosConnection", CreateLeaseContainerIfNotExists = true)]
            string documents)
        {
            Work(documents);
        }

        public static void Work(string documents)
        {
            foreach (JsonElement document in Json.Parse(documents).EnumerateArray())
            {
                // The etag differs for each version of a document.
                string id = Json.Text(document, "id") + "@" + Json.Text(document, "_etag");
                Console.WriteLine("handled " + Core.Handle(new Message(id, "<%name%>", document)));
            }
        }
<%end%>
    }
}
