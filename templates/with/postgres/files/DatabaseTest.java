package <%package%>;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With DATABASE_URL set, all of it runs against that server; with files otherwise. */
class DatabaseTest {
    @TempDir
    Path folder;

    private Database database;
    private Database other;

    @BeforeEach
    void open() throws Exception {
        System.setProperty("data.folder", folder.toString());
        database = Database.open();
        other = Database.open();
    }

    @AfterEach
    void close() throws Exception {
        database.close();
        other.close();
    }

    @Test
    void doesTheWorkOfAMessageOnce() throws Exception {
        String id = UUID.randomUUID().toString();
        int[] calls = {0};
        assertTrue(database.once(id, () -> calls[0]++));
        assertFalse(other.once(id, () -> calls[0]++));
        assertEquals(1, calls[0]);
    }

    @Test
    void doesItAgainWhenItFailed() throws Exception {
        String id = UUID.randomUUID().toString();
        assertThrows(IllegalStateException.class, () -> database.once(id, () -> {
            throw new IllegalStateException();
        }));
        assertTrue(database.once(id, () -> {}));
    }

    @Test
    void undoesNothingThatWasDoneMeanwhile() throws Exception {
        String id = UUID.randomUUID().toString();
        CountDownLatch begun = new CountDownLatch(1);
        Thread failing = new Thread(() -> assertThrows(IOException.class, () -> database.once(id + "-failing", () -> {
            begun.countDown();
            Thread.sleep(50);
            throw new IOException("no");
        })));
        failing.start();
        begun.await();
        database.once(id, () -> database.put(id, new JsonPrimitive(1), 0));
        failing.join();
        assertEquals(1, other.get(id).version());
    }

    @Test
    void refusesToOverwriteWhatSomebodyElseChanged() throws Exception {
        String key = UUID.randomUUID().toString();
        database.put(key, new JsonPrimitive(2), 0);
        assertThrows(Database.Conflict.class, () -> other.put(key, new JsonPrimitive(2), 0));
        long version = database.get(key).version();
        other.put(key, new JsonPrimitive(1), version);
        assertThrows(Database.Conflict.class, () -> database.put(key, new JsonPrimitive(1), version));
        assertEquals(new Database.Item(new JsonPrimitive(1), version + 1), database.get(key));
    }
}
