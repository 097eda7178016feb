package <%package%>;

import com.google.gson.JsonElement;
import java.util.List;

/** What the function does. It knows no cloud: the adapters beside it call it. */
public final class Core {
    /**
     * One unit of work, whatever brought it.
     *
     * @param id the same each time it is delivered: what to key idempotency by
     */
    public record Message(String id, String source, JsonElement data) {}

    /** Says what was done. */
    public record Done(String id, String source, List<String> fields) {}

    private Core() {}

    /** Does the work of one message; throws to have it delivered again. */
    public static Done handle(Message message) {
        if (message.data() == null || !message.data().isJsonObject()) {
            throw new IllegalArgumentException("data of " + message.id() + " is not an object");
        }
        List<String> fields = message.data().getAsJsonObject().keySet().stream().sorted().toList();
        return new Done(message.id(), message.source(), fields);
    }
}
