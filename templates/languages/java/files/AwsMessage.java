package <%package%>;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
<%if trigger == "queue" or trigger == "stream"%>
import com.google.gson.JsonArray;
<%end%>
<%if trigger != "schedule" and trigger != "event"%>
import com.google.gson.JsonElement;
<%end%>
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
<%if trigger == "storage"%>
import java.net.URLDecoder;
<%end%>
import java.nio.charset.StandardCharsets;

<%if trigger == "queue"%>
/** Adapter for AWS Lambda: a batch of an SQS queue. */
<%elif trigger == "stream"%>
/** Adapter for AWS Lambda: a batch of a DynamoDB stream. */
<%elif trigger == "storage"%>
/** Adapter for AWS Lambda: notifications of an S3 bucket. */
<%elif trigger == "schedule"%>
/** Adapter for AWS Lambda: a rule on a schedule. */
<%else%>
/** Adapter for AWS Lambda: an event of an EventBridge bus. */
<%end%>
public final class AwsHandler implements RequestStreamHandler {
    @Override
    public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
        InputStreamReader reader = new InputStreamReader(in, StandardCharsets.UTF_8);
        JsonObject answer = handle(JsonParser.parseReader(reader).getAsJsonObject());
        out.write(String.valueOf(answer).getBytes(StandardCharsets.UTF_8));
    }

<%if trigger == "queue"%>
    /** Names the messages that failed; Lambda delivers only those again. */
    static JsonObject handle(JsonObject event) {
        JsonArray failures = new JsonArray();
        for (JsonElement each : event.getAsJsonArray("Records")) {
            JsonObject record = each.getAsJsonObject();
            try {
                System.out.println(Core.handle(messageOf(record)));
            } catch (RuntimeException problem) {
                System.err.println("message " + record.get("messageId") + " failed: " + problem);
                failures.add(failure(record.get("messageId")));
            }
        }
        JsonObject answer = new JsonObject();
        answer.add("batchItemFailures", failures);
        return answer;
    }

    private static Core.Message messageOf(JsonObject record) {
        return new Core.Message(
                record.get("messageId").getAsString(),
                record.get("eventSourceARN").getAsString(),
                JsonParser.parseString(record.get("body").getAsString()));
    }
<%elif trigger == "stream"%>
    /** Stops at the first change that fails: Lambda goes on from there, so the order holds. */
    static JsonObject handle(JsonObject event) {
        JsonArray failures = new JsonArray();
        for (JsonElement each : event.getAsJsonArray("Records")) {
            JsonObject record = each.getAsJsonObject();
            try {
                System.out.println(Core.handle(messageOf(record)));
            } catch (RuntimeException problem) {
                JsonElement number = record.getAsJsonObject("dynamodb").get("SequenceNumber");
                System.err.println("change " + number + " failed: " + problem);
                failures.add(failure(number));
                break;
            }
        }
        JsonObject answer = new JsonObject();
        answer.add("batchItemFailures", failures);
        return answer;
    }

    private static Core.Message messageOf(JsonObject record) {
        JsonObject change = record.getAsJsonObject("dynamodb");
        JsonObject data = new JsonObject();
        data.add("operation", record.get("eventName"));
        data.add("keys", change.get("Keys"));
        data.add("new", change.get("NewImage"));
        data.add("old", change.get("OldImage"));
        return new Core.Message(
                record.get("eventID").getAsString(), record.get("eventSourceARN").getAsString(), data);
    }
<%elif trigger == "storage"%>
    static JsonObject handle(JsonObject event) {
        for (JsonElement record : event.getAsJsonArray("Records")) {
            System.out.println(Core.handle(messageOf(record.getAsJsonObject().getAsJsonObject("s3"))));
        }
        return null;
    }

    static Core.Message messageOf(JsonObject s3) {
        JsonObject bucket = s3.getAsJsonObject("bucket");
        JsonObject object = s3.getAsJsonObject("object");
        String key = URLDecoder.decode(object.get("key").getAsString(), StandardCharsets.UTF_8);
        JsonObject data = new JsonObject();
        data.add("bucket", bucket.get("name"));
        data.addProperty("key", key);
        data.add("size", object.get("size"));
        // The sequencer differs for each version of a key, and is the same when delivered again.
        String id = key + "@" + object.get("sequencer").getAsString();
        return new Core.Message(id, bucket.get("arn").getAsString(), data);
    }
<%else%>
    static JsonObject handle(JsonObject event) {
<%if trigger == "schedule"%>
        JsonObject data = new JsonObject();
        data.add("time", event.get("time"));
        Core.Message message =
                new Core.Message(event.get("id").getAsString(), event.get("source").getAsString(), data);
<%else%>
        Core.Message message =
                new Core.Message(
                        event.get("id").getAsString(),
                        event.get("source").getAsString(),
                        event.get("detail"));
<%end%>
        System.out.println(Core.handle(message));
        return null;
    }
<%end%>
<%if trigger == "queue" or trigger == "stream"%>

    private static JsonObject failure(JsonElement identifier) {
        JsonObject failure = new JsonObject();
        failure.add("itemIdentifier", identifier);
        return failure;
    }
<%end%>
}
