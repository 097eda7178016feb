package <%package%>;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
<%if trigger == "queue"%>
import static org.junit.jupiter.api.Assertions.assertThrows;
<%end%>
<%if trigger == "http"%>
import static org.junit.jupiter.api.Assertions.assertEquals;
<%end%>

<%if trigger != "http"%>
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
<%end%>
import com.microsoft.azure.functions.ExecutionContext;
<%if trigger == "http"%>
import com.microsoft.azure.functions.HttpMethod;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatusType;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
<%else%>
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
<%end%>
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class AzureFunctionTest {
    private static final ExecutionContext CONTEXT =
            new ExecutionContext() {
                @Override
                public Logger getLogger() {
                    return Logger.getGlobal();
                }

                @Override
                public String getInvocationId() {
                    return "1";
                }

                @Override
                public String getFunctionName() {
                    return "<%name%>";
                }
            };

<%if trigger == "http"%>
    /** A request and the response that is built for it, in memory. */
    private record Request(Map<String, String> query, Optional<String> body)
            implements HttpRequestMessage<Optional<String>> {
        @Override
        public URI getUri() {
            return URI.create("http://localhost/<%name%>");
        }

        @Override
        public HttpMethod getHttpMethod() {
            return body.isPresent() ? HttpMethod.POST : HttpMethod.GET;
        }

        @Override
        public Map<String, String> getHeaders() {
            return Map.of();
        }

        @Override
        public Map<String, String> getQueryParameters() {
            return query;
        }

        @Override
        public Optional<String> getBody() {
            return body;
        }

        @Override
        public HttpResponseMessage.Builder createResponseBuilder(com.microsoft.azure.functions.HttpStatus status) {
            return new Response().status(status);
        }

        @Override
        public HttpResponseMessage.Builder createResponseBuilder(HttpStatusType status) {
            return new Response().status(status);
        }
    }

    private static final class Response implements HttpResponseMessage, HttpResponseMessage.Builder {
        private final Map<String, String> headers = new HashMap<>();
        private HttpStatusType status;
        private Object body;

        @Override
        public Response status(HttpStatusType status) {
            this.status = status;
            return this;
        }

        @Override
        public Response header(String key, String value) {
            headers.put(key, value);
            return this;
        }

        @Override
        public Response body(Object body) {
            this.body = body;
            return this;
        }

        @Override
        public HttpResponseMessage build() {
            return this;
        }

        @Override
        public HttpStatusType getStatus() {
            return status;
        }

        @Override
        public String getHeader(String key) {
            return headers.get(key);
        }

        @Override
        public Object getBody() {
            return body;
        }
    }

    private static HttpResponseMessage call(Map<String, String> query, String body) {
        return assertDoesNotThrow(
                () -> new AzureFunction().run(new Request(query, Optional.ofNullable(body)), CONTEXT));
    }

    @Test
    void answersARequest() {
        assertEquals("{\"message\":\"Hello, Ada!\"}", call(Map.of("name", "Ada"), null).getBody());
        assertEquals("{\"message\":\"Hello, Ada!\"}", call(Map.of(), "{\"name\": \"Ada\"}").getBody());
    }

    @Test
    void refusesARequestItCannotUse() {
        assertEquals(400, call(Map.of("name", " "), null).getStatusCode());
    }
<%else%>
    private static JsonObject sample(String name) throws IOException {
        String text = Files.readString(Path.of("events", name + ".json"));
        return JsonParser.parseString(text).getAsJsonObject();
    }

    private static void call(JsonObject event) {
        JsonObject data = event.getAsJsonObject("Data");
<%if trigger == "schedule"%>
        new AzureFunction().run(data.get("timer").toString(), CONTEXT);
<%elif trigger == "queue"%>
        String id = event.getAsJsonObject("Metadata").get("Id").getAsString();
        new AzureFunction().run(data.get("message").getAsString(), id, CONTEXT);
<%elif trigger == "storage"%>
        JsonObject metadata = event.getAsJsonObject("Metadata");
        byte[] blob = data.get("blob").getAsString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
        String name = metadata.get("name").getAsString();
        new AzureFunction().run(blob, name, metadata.get("Uri").getAsString(), CONTEXT);
<%elif trigger == "event"%>
        new AzureFunction().run(data.get("event").toString(), CONTEXT);
<%else%>
        new AzureFunction().run(data.get("documents").toString(), CONTEXT);
<%end%>
    }

    @Test
    void handlesTheEvent() {
        assertDoesNotThrow(() -> call(sample("azure-<%trigger%>")));
    }
<%if trigger == "queue"%>

    @Test
    void failsForAMessageItCannotRead() {
        assertThrows(RuntimeException.class, () -> call(sample("azure-queue-poison")));
    }
<%end%>
<%end%>
}
