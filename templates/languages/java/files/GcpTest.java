package <%package%>;

<%if trigger == "http"%>
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GcpFunctionTest {
    /** "STATUS BODY" of a call; the framework's interfaces are large, so only what is asked answers. */
    private static String call(Map<String, List<String>> query, String body) throws Exception {
        int[] status = new int[1];
        StringWriter text = new StringWriter();
        BufferedWriter writer = new BufferedWriter(text);
        HttpRequest request =
                fake(
                        HttpRequest.class,
                        Map.of(
                                "getQueryParameters", arguments -> query,
                                "getReader", arguments -> new BufferedReader(new StringReader(body))));
        HttpResponse response =
                fake(
                        HttpResponse.class,
                        Map.of(
                                "setStatusCode", arguments -> status[0] = (int) arguments[0],
                                "setContentType", arguments -> null,
                                "getWriter", arguments -> writer));
        new GcpFunction().service(request, response);
        writer.flush();
        return status[0] + " " + text;
    }

    private interface Method {
        Object call(Object[] arguments);
    }

    private static <T> T fake(Class<T> type, Map<String, Method> methods) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, arguments) -> {
                            Object value = methods.get(method.getName()).call(arguments);
                            return method.getReturnType() == void.class ? null : value;
                        }));
    }

    @Test
    void answersARequest() throws Exception {
        String expected = "200 {\"message\":\"Hello, Ada!\"}";
        assertEquals(expected, call(Map.of("name", List.of("Ada")), ""));
        assertEquals(expected, call(Map.of(), "{\"name\": \"Ada\"}"));
    }

    @Test
    void refusesARequestItCannotUse() throws Exception {
        assertEquals("400 {\"error\":\"body is not JSON\"}", call(Map.of(), "{"));
    }
}
<%else%>
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
<%if trigger == "queue"%>
import static org.junit.jupiter.api.Assertions.assertThrows;
<%end%>

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;

class GcpFunctionTest {
    private static CloudEvent sample(String name) throws IOException {
        String text = Files.readString(Path.of("events", name + ".json"));
        JsonObject event = JsonParser.parseString(text).getAsJsonObject();
        return CloudEventBuilder.v1()
                .withId(event.get("id").getAsString())
                .withType(event.get("type").getAsString())
                .withSource(URI.create(event.get("source").getAsString()))
                .withTime(OffsetDateTime.parse(event.get("time").getAsString()))
                .withData("application/json", event.get("data").toString().getBytes(StandardCharsets.UTF_8))
                .build();
    }

    @Test
    void handlesTheEvent() {
        assertDoesNotThrow(() -> new GcpFunction().accept(sample("gcp-<%trigger%>")));
    }
<%if trigger == "queue"%>

    @Test
    void failsForAMessageItCannotRead() {
        assertThrows(RuntimeException.class, () -> new GcpFunction().accept(sample("gcp-queue-poison")));
    }
<%end%>
}
<%end%>
