package <%package%>;

<%if trigger == "http"%>
import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Adapter for Google Cloud Functions. */
public final class GcpFunction implements HttpFunction {
    @Override
    public void service(HttpRequest request, HttpResponse response) throws IOException {
        Map<String, String> query = new HashMap<>();
        request.getQueryParameters().forEach((name, values) -> query.put(name, values.get(0)));
        String body = request.getReader().lines().collect(Collectors.joining("\n"));
        Core.Answer answer = Core.respond(query, body);
        response.setStatusCode(answer.status());
        response.setContentType("application/json");
        response.getWriter().write(answer.body());
    }
}
<%else%>
import com.google.cloud.functions.CloudEventsFunction;
<%if trigger == "event"%>
import com.google.gson.JsonElement;
<%end%>
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.cloudevents.CloudEvent;
import java.nio.charset.StandardCharsets;
<%if trigger == "queue"%>
import java.util.Base64;
<%end%>

/** Adapter for Google Cloud Functions; an exception has the event delivered again. */
public final class GcpFunction implements CloudEventsFunction {
    @Override
    public void accept(CloudEvent event) {
        System.out.println(Core.handle(messageOf(event)));
    }

    private static Core.Message messageOf(CloudEvent event) {
        String source = event.getSource().toString();
<%if trigger == "schedule"%>
        JsonObject data = new JsonObject();
        data.addProperty("time", String.valueOf(event.getTime()));
        return new Core.Message(event.getId(), source, data);
<%else%>
        String text = new String(event.getData().toBytes(), StandardCharsets.UTF_8);
<%if trigger == "queue"%>
        JsonObject message = JsonParser.parseString(text).getAsJsonObject().getAsJsonObject("message");
        byte[] data = Base64.getDecoder().decode(message.get("data").getAsString());
        return new Core.Message(
                message.get("messageId").getAsString(),
                source,
                JsonParser.parseString(new String(data, StandardCharsets.UTF_8)));
<%elif trigger == "storage"%>
        JsonObject object = JsonParser.parseString(text).getAsJsonObject();
        JsonObject data = new JsonObject();
        data.add("bucket", object.get("bucket"));
        data.add("key", object.get("name"));
        data.addProperty("size", object.get("size").getAsLong());
        return new Core.Message(object.get("id").getAsString(), source, data);
<%elif trigger == "event"%>
        JsonElement data = JsonParser.parseString(text);
        return new Core.Message(event.getId(), source, data);
<%else%>
        JsonObject change = JsonParser.parseString(text).getAsJsonObject();
        JsonObject data = new JsonObject();
        data.add("new", change.get("value"));
        data.add("old", change.get("oldValue"));
        return new Core.Message(event.getId(), source, data);
<%end%>
<%end%>
    }
}
<%end%>
