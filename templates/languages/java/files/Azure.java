package <%package%>;

<%if trigger == "stream"%>
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
<%elif trigger == "storage" or trigger == "event"%>
import com.google.gson.JsonObject;
<%end%>
<%if trigger == "queue" or trigger == "event" or trigger == "stream" or trigger == "schedule"%>
import com.google.gson.JsonParser;
<%end%>
import com.microsoft.azure.functions.ExecutionContext;
<%if trigger == "http"%>
import com.microsoft.azure.functions.HttpMethod;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import com.microsoft.azure.functions.annotation.AuthorizationLevel;
<%end%>
<%if trigger == "queue" or trigger == "storage"%>
import com.microsoft.azure.functions.annotation.BindingName;
<%end%>
<%if trigger == "storage"%>
import com.microsoft.azure.functions.annotation.BlobTrigger;
<%elif trigger == "stream"%>
import com.microsoft.azure.functions.annotation.CosmosDBTrigger;
<%elif trigger == "event"%>
import com.microsoft.azure.functions.annotation.EventGridTrigger;
<%end%>
import com.microsoft.azure.functions.annotation.FunctionName;
<%if trigger == "http"%>
import com.microsoft.azure.functions.annotation.HttpTrigger;
import java.util.Optional;
<%elif trigger == "queue"%>
import com.microsoft.azure.functions.annotation.QueueTrigger;
<%elif trigger == "schedule"%>
import com.microsoft.azure.functions.annotation.TimerTrigger;
<%end%>

/** Adapter for Azure Functions. */
public final class AzureFunction {
<%if trigger == "http"%>
    @FunctionName("<%name%>")
    public HttpResponseMessage run(
            @HttpTrigger(
                            name = "req",
                            methods = {HttpMethod.GET, HttpMethod.POST},
                            authLevel = AuthorizationLevel.FUNCTION,
                            route = "<%name%>")
                    HttpRequestMessage<Optional<String>> request,
            ExecutionContext context) {
        Core.Answer answer = Core.respond(request.getQueryParameters(), request.getBody().orElse(null));
        return request.createResponseBuilder(HttpStatus.valueOf(answer.status()))
                .header("content-type", "application/json")
                .body(answer.body())
                .build();
    }
<%elif trigger == "schedule"%>
    @FunctionName("<%name%>")
    public void run(
            @TimerTrigger(name = "timer", schedule = "0 */5 * * * *") String timer,
            ExecutionContext context) {
        Core.Message message =
                new Core.Message(context.getInvocationId(), "timer", JsonParser.parseString(timer));
        context.getLogger().info(Core.handle(message).toString());
    }
<%elif trigger == "queue"%>
    /** An exception leaves the message in the queue; after five it goes to <%name%>-poison. */
    @FunctionName("<%name%>")
    public void run(
            @QueueTrigger(name = "message", queueName = "<%name%>", connection = "AzureWebJobsStorage")
                    String text,
            @BindingName("Id") String id,
            ExecutionContext context) {
        Core.Message message = new Core.Message(id, "<%name%>", JsonParser.parseString(text));
        context.getLogger().info(Core.handle(message).toString());
    }
<%elif trigger == "storage"%>
    @FunctionName("<%name%>")
    public void run(
            @BlobTrigger(
                            name = "blob",
                            path = "<%name%>/{name}",
                            dataType = "binary",
                            connection = "AzureWebJobsStorage")
                    byte[] blob,
            @BindingName("name") String name,
            @BindingName("Uri") String uri,
            ExecutionContext context) {
        JsonObject data = new JsonObject();
        data.addProperty("name", name);
        data.addProperty("uri", uri);
        data.addProperty("size", blob.length);
        context.getLogger().info(Core.handle(new Core.Message(uri, "<%name%>", data)).toString());
    }
<%elif trigger == "event"%>
    @FunctionName("<%name%>")
    public void run(@EventGridTrigger(name = "event") String text, ExecutionContext context) {
        JsonObject event = JsonParser.parseString(text).getAsJsonObject();
        // Event Grid's own schema says topic, CloudEvents say source.
        String source = event.get(event.has("topic") ? "topic" : "source").getAsString();
        Core.Message message = new Core.Message(event.get("id").getAsString(), source, event.get("data"));
        context.getLogger().info(Core.handle(message).toString());
    }
<%else%>
    @FunctionName("<%name%>")
    public void run(
            @CosmosDBTrigger(
                            name = "documents",
                            databaseName = "<%name%>",
                            containerName = "items",
                            connection = "CosmosConnection",
                            createLeaseContainerIfNotExists = true)
                    String documents,
            ExecutionContext context) {
        for (JsonElement each : JsonParser.parseString(documents).getAsJsonArray()) {
            JsonObject document = each.getAsJsonObject();
            // The etag differs for each version of a document.
            String id = document.get("id").getAsString() + "@" + document.get("_etag").getAsString();
            context.getLogger().info(Core.handle(new Core.Message(id, "<%name%>", document)).toString());
        }
    }
<%end%>
}
