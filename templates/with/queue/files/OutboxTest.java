package <%package%>;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.gson.JsonPrimitive;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With QUEUE_URL set, all of it runs against that server; with files otherwise. */
class OutboxTest {
    private static final Duration SHORT = Duration.ofMillis(10);

    @TempDir
    Path folder;

    private Outbox queue;
    private Outbox other;

    @BeforeEach
    void connect() throws Exception {
        System.setProperty("data.folder", folder.toString());
        queue = Outbox.connect();
        other = Outbox.connect();
        for (Outbox.Taken left = queue.take(Duration.ZERO); left != null; left = queue.take(Duration.ZERO)) {
            queue.done(left);
        }
    }

    @AfterEach
    void close() {
        queue.close();
        other.close();
    }

    @Test
    void givesEachMessageToOneInTheOrderTheyCame() throws Exception {
        List<String> ids = new ArrayList<>();
        for (int n = 0; n < 3; n++) {
            ids.add(queue.send(new JsonPrimitive(n)));
        }
        for (int n = 0; n < 3; n++) {
            Outbox.Taken taken = (n == 1 ? other : queue).take(Outbox.LEASE);
            assertEquals(ids.get(n), taken.id());
            assertEquals(new JsonPrimitive(n), taken.data());
        }
        assertNull(other.take(Outbox.LEASE));
    }

    @Test
    void forgetsWhatIsDone() throws Exception {
        queue.send(new JsonPrimitive(1));
        queue.done(queue.take(SHORT));
        Thread.sleep(50);
        assertNull(other.take(SHORT));
    }

    @Test
    void deliversAgainWhatIsNotDoneInTime() throws Exception {
        String id = queue.send(new JsonPrimitive(1));
        assertEquals(id, queue.take(SHORT).id());
        Thread.sleep(50);
        Outbox.Taken again = other.take(SHORT);
        assertEquals(id, again.id());
        assertEquals(new JsonPrimitive(1), again.data());
    }
}
