package <%package%>;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With OBJECT_STORE_BUCKET set, all of it runs against that store; with files otherwise. */
class SharedObjectsTest {
    @TempDir
    Path folder;

    private final String key = "tests/" + UUID.randomUUID();
    private SharedObjects objects;

    @BeforeEach
    void connect() throws Exception {
        System.setProperty("data.folder", folder.toString());
        objects = SharedObjects.connect();
    }

    @AfterEach
    void close() throws Exception {
        objects.delete(key);
        objects.close();
    }

    @Test
    void keepsBytes() throws Exception {
        assertNull(objects.get(key).version());
        objects.put(key, new byte[] {0, -1}, null);
        assertArrayEquals(new byte[] {0, -1}, objects.get(key).data());
    }

    @Test
    void makesAnObjectOnlyOnce() throws Exception {
        objects.put(key, new byte[] {1}, null);
        assertThrows(SharedObjects.Conflict.class, () -> objects.put(key, new byte[] {2}, null));
    }

    @Test
    void refusesToOverwriteWhatSomebodyElseChanged() throws Exception {
        objects.put(key, new byte[] {1}, null);
        String version = objects.get(key).version();
        objects.put(key, new byte[] {2}, version);
        assertThrows(SharedObjects.Conflict.class, () -> objects.put(key, new byte[] {3}, version));
        assertArrayEquals(new byte[] {2}, objects.get(key).data());
    }
}
