package <%package%>;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonPrimitive;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With REDIS_URL set, all of it runs against that server; with files otherwise. */
class CacheTest {
    @TempDir
    Path folder;

    private final String id = UUID.randomUUID().toString();
    private Cache cache;
    private Cache other;

    @BeforeEach
    void connect() throws Exception {
        System.setProperty("data.folder", folder.toString());
        cache = Cache.connect();
        other = Cache.connect();
    }

    @AfterEach
    void close() {
        cache.close();
        other.close();
    }

    @Test
    void doesTheWorkOfAMessageOnce() throws Exception {
        int[] calls = {0};
        assertTrue(cache.once(id, () -> calls[0]++));
        assertFalse(other.once(id, () -> calls[0]++));
        assertEquals(1, calls[0]);
    }

    @Test
    void doesItAgainWhenItFailed() throws Exception {
        assertThrows(IllegalStateException.class, () -> cache.once(id, () -> {
            throw new IllegalStateException();
        }));
        assertTrue(cache.once(id, () -> {}));
    }

    @Test
    void putsOffADeliveryThatComesMeanwhile() throws Exception {
        cache.once(id, () -> assertThrows(Cache.Busy.class, () -> other.once(id, () -> {})));
    }

    @Test
    void forgetsAValueInTime() throws Exception {
        cache.put(id, new JsonPrimitive(7), Duration.ofSeconds(1));
        assertEquals(new JsonPrimitive(7), other.get(id));
        Thread.sleep(1100);
        assertNull(cache.get(id));
    }
}
