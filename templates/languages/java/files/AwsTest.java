package <%package%>;

import static org.junit.jupiter.api.Assertions.assertEquals;
<%if trigger == "event"%>
import static org.junit.jupiter.api.Assertions.assertThrows;
<%end%>

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
<%if trigger == "http"%>
import java.util.Base64;
<%end%>
import org.junit.jupiter.api.Test;

class AwsHandlerTest {
    private static JsonObject sample(String name) throws IOException {
        String text = Files.readString(Path.of("events", name + ".json"));
        return JsonParser.parseString(text).getAsJsonObject();
    }

    /** As Lambda calls it: bytes in, bytes out. */
    private static String call(JsonObject event) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] bytes = event.toString().getBytes(StandardCharsets.UTF_8);
        new AwsHandler().handleRequest(new ByteArrayInputStream(bytes), out, null);
        return out.toString(StandardCharsets.UTF_8);
    }

<%if trigger == "http"%>
    private static JsonObject answer(JsonObject event) throws IOException {
        return JsonParser.parseString(call(event)).getAsJsonObject();
    }

    @Test
    void answersARequest() throws IOException {
        JsonObject answer = answer(sample("aws-http"));
        assertEquals(200, answer.get("statusCode").getAsInt());
        assertEquals("{\"message\":\"Hello, Ada!\"}", answer.get("body").getAsString());
    }

    @Test
    void readsTheBodyEncodedOrNot() throws IOException {
        JsonObject event = sample("aws-http-post");
        String expected = "{\"message\":\"Hello, Grace!\"}";
        assertEquals(expected, answer(event).get("body").getAsString());
        byte[] body = event.get("body").getAsString().getBytes(StandardCharsets.UTF_8);
        event.addProperty("body", Base64.getEncoder().encodeToString(body));
        event.addProperty("isBase64Encoded", true);
        assertEquals(expected, answer(event).get("body").getAsString());
    }

    @Test
    void refusesARequestItCannotUse() throws IOException {
        assertEquals(400, answer(sample("aws-http-invalid")).get("statusCode").getAsInt());
    }
<%elif trigger == "queue" or trigger == "stream"%>
    @Test
    void handlesTheBatch() throws IOException {
        assertEquals("{\"batchItemFailures\":[]}", call(sample("aws-<%trigger%>")));
    }
<%if trigger == "queue"%>

    @Test
    void namesOnlyTheMessageThatFailed() throws IOException {
        JsonObject event = sample("aws-queue-poison");
        String failed = event.getAsJsonArray("Records").get(1).getAsJsonObject().get("messageId").getAsString();
        assertEquals("{\"batchItemFailures\":[{\"itemIdentifier\":\"" + failed + "\"}]}", call(event));
    }
<%end%>
<%else%>
    @Test
    void handlesTheEvent() throws IOException {
        assertEquals("null", call(sample("aws-<%trigger%>")));
    }
<%if trigger == "storage"%>

    @Test
    void decodesTheKey() throws IOException {
        JsonObject record = sample("aws-storage").getAsJsonArray("Records").get(0).getAsJsonObject();
        JsonObject data = AwsHandler.messageOf(record.getAsJsonObject("s3")).data().getAsJsonObject();
        assertEquals("photos/happy face.jpg", data.get("key").getAsString());
    }
<%elif trigger == "event"%>

    @Test
    void failsForAnEventItCannotUse() {
        assertThrows(IllegalArgumentException.class, () -> call(sample("aws-event-poison")));
    }
<%end%>
<%end%>
}
