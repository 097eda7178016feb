package <%package%>;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** Adapter for AWS Lambda: HTTP APIs and function URLs (payload format 2.0). */
public final class AwsHandler implements RequestStreamHandler {
    @Override
    public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
        InputStreamReader reader = new InputStreamReader(in, StandardCharsets.UTF_8);
        JsonObject answer = handle(JsonParser.parseReader(reader).getAsJsonObject());
        out.write(answer.toString().getBytes(StandardCharsets.UTF_8));
    }

    static JsonObject handle(JsonObject event) {
        Core.Answer answer = Core.respond(queryOf(event), bodyOf(event));
        JsonObject headers = new JsonObject();
        headers.addProperty("content-type", "application/json");
        JsonObject response = new JsonObject();
        response.addProperty("statusCode", answer.status());
        response.add("headers", headers);
        response.addProperty("body", answer.body());
        return response;
    }

    private static Map<String, String> queryOf(JsonObject event) {
        Map<String, String> query = new HashMap<>();
        JsonElement parameters = event.get("queryStringParameters");
        if (parameters != null && parameters.isJsonObject()) {
            parameters.getAsJsonObject().entrySet().forEach(e -> query.put(e.getKey(), e.getValue().getAsString()));
        }
        return query;
    }

    private static String bodyOf(JsonObject event) {
        JsonElement body = event.get("body");
        if (body == null || body.isJsonNull()) {
            return null;
        }
        JsonElement encoded = event.get("isBase64Encoded");
        if (encoded == null || !encoded.getAsBoolean()) {
            return body.getAsString();
        }
        return new String(Base64.getDecoder().decode(body.getAsString()), StandardCharsets.UTF_8);
    }
}
