package <%package%>;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Files that stand in for a server, on this machine alone. */
final class FileDatabase implements Database {
    private final SharedFolder folder;

    FileDatabase(SharedFolder folder) {
        this.folder = folder;
    }

    @Override
    public boolean once(String id, Work work) throws Exception {
        Path mark = folder.file("done-" + id);
        try {
            Files.createFile(mark);
        } catch (FileAlreadyExistsException done) {
            return false;
        }
        try {
            work.run();
        } catch (Exception problem) {
            Files.delete(mark);
            throw problem;
        }
        return true;
    }

    @Override
    public Item get(String key) throws IOException {
        try {
            JsonObject found =
                    JsonParser.parseString(Files.readString(folder.file(key))).getAsJsonObject();
            return new Item(found.get("value"), found.get("version").getAsLong());
        } catch (NoSuchFileException absent) {
            return new Item(null, 0);
        }
    }

    @Override
    public void put(String key, JsonElement value, long version) throws IOException, Conflict {
        if (get(key).version() != version) {
            throw new Conflict(key, version);
        }
        JsonObject item = new JsonObject();
        item.add("value", value);
        item.addProperty("version", version + 1);
        if (!folder.replace(folder.file(key), item.toString().getBytes(StandardCharsets.UTF_8), version == 0)) {
            throw new Conflict(key, version);
        }
    }

    @Override
    public void close() {}
}
