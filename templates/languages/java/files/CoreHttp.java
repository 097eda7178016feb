package <%package%>;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.Map;

/** What the function does. It knows no cloud: the adapters beside it call it. */
public final class Core {
    public static final int LONGEST_NAME = 100;

    /** Status and JSON text. */
    public record Answer(int status, String body) {}

    /** The caller's mistake, told to the caller. */
    private static final class InvalidRequest extends Exception {
        InvalidRequest(String message) {
            super(message);
        }
    }

    private Core() {}

    /** Answers a request with these query parameters and this body, which may be null. */
    public static Answer respond(Map<String, String> query, String body) {
        try {
            return answer(200, "message", "Hello, " + checked(nameOf(query, body)) + "!");
        } catch (InvalidRequest problem) {
            return answer(400, "error", problem.getMessage());
        }
    }

    private static Answer answer(int status, String key, String text) {
        JsonObject object = new JsonObject();
        object.addProperty(key, text);
        return new Answer(status, object.toString());
    }

    private static String checked(String name) throws InvalidRequest {
        String trimmed = name.trim();
        if (trimmed.isEmpty()) {
            throw new InvalidRequest("name is empty");
        }
        if (trimmed.length() > LONGEST_NAME) {
            throw new InvalidRequest("name is longer than " + LONGEST_NAME + " characters");
        }
        return trimmed;
    }

    private static String nameOf(Map<String, String> query, String body) throws InvalidRequest {
        if (query.containsKey("name")) {
            return query.get("name");
        }
        if (body == null || body.isEmpty()) {
            return "world";
        }
        JsonElement fields;
        try {
            fields = JsonParser.parseString(body);
        } catch (JsonParseException problem) {
            throw new InvalidRequest("body is not JSON");
        }
        JsonElement name = fields.isJsonObject() ? fields.getAsJsonObject().get("name") : null;
        if (name == null || !name.isJsonPrimitive() || !name.getAsJsonPrimitive().isString()) {
            throw new InvalidRequest("body has no text `name`");
        }
        return name.getAsString();
    }
}
