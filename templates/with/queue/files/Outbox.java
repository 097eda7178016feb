package <%package%>;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.XAutoClaimParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntry;

/**
 * A queue between platforms: what one puts in, another takes out. QUEUE_URL=redis://HOST:6379/0 (rediss:// for TLS) names
 * the server; without it the messages are files of this machine (DATA_FOLDER), to try things out: other machines do not
 * see them.
 */
public interface Outbox extends AutoCloseable {
    /** How long a taken message is hidden as a rule; then it is delivered again. */
    Duration LEASE = Duration.ofMinutes(1);

    /** A message that was taken; its receipt is what ends it. */
    record Taken(String id, JsonElement data, String receipt) {}

    /** Opens the queue; keep it beside the handler, so that warm invocations use its connection again. */
    static Outbox connect() throws IOException {
        String url = System.getenv("QUEUE_URL");
        return url == null || url.isEmpty()
                ? new FileQueue(SharedFolder.named("<%name%>-queue").path())
                : new RedisQueue(new JedisPooled(checked(), URI.create(url), 5000));
    }

    /** Connections that broke meanwhile are not used again. */
    private static ConnectionPoolConfig checked() {
        ConnectionPoolConfig config = new ConnectionPoolConfig();
        config.setTestOnBorrow(true);
        return config;
    }

    /** Puts one message in and returns its id. */
    String send(JsonElement data) throws IOException;

    /** Hides one message from others for so long; null when there is none. */
    Taken take(Duration lease) throws IOException;

    /** Takes the message out for good. */
    void done(Taken message) throws IOException;

    @Override
    void close();

    /** A Redis stream with one group of consumers: every message goes to one of them. */
    final class RedisQueue implements Outbox {
        private static final String KEY = "<%name%>:queue";
        private static final String GROUP = "workers";
        private final String consumer = UUID.randomUUID().toString();
        private final JedisPooled client;

        RedisQueue(JedisPooled client) {
            this.client = client;
            try {
                client.xgroupCreate(KEY, GROUP, new StreamEntryID(0, 0), true);
            } catch (JedisDataException problem) {
                if (!problem.getMessage().contains("BUSYGROUP")) { // somebody made it before
                    throw problem;
                }
            }
        }

        @Override
        public String send(JsonElement data) {
            String id = UUID.randomUUID().toString();
            client.xadd(KEY, StreamEntryID.NEW_ENTRY, Map.of("id", id, "data", data.toString()));
            return id;
        }

        @Override
        public Taken take(Duration lease) {
            List<StreamEntry> entries = client.xautoclaim(KEY, GROUP, consumer, lease.toMillis(),
                    new StreamEntryID(0, 0), XAutoClaimParams.xAutoClaimParams().count(1)).getValue();
            if (entries.isEmpty()) {
                var fresh = client.xreadGroup(GROUP, consumer, XReadGroupParams.xReadGroupParams().count(1),
                        Map.of(KEY, StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
                entries = fresh == null || fresh.isEmpty() ? List.of() : fresh.get(0).getValue();
            }
            if (entries.isEmpty()) {
                return null;
            }
            StreamEntry entry = entries.get(0);
            Map<String, String> fields = entry.getFields();
            return new Taken(fields.get("id"), JsonParser.parseString(fields.get("data")), entry.getID().toString());
        }

        @Override
        public void done(Taken message) {
            StreamEntryID entry = new StreamEntryID(message.receipt());
            client.xack(KEY, GROUP, entry);
            client.xdel(KEY, entry);
        }

        @Override
        public void close() {
            client.close();
        }
    }

    /** A file a message; its name says when it may be taken, so a move takes it. */
    final class FileQueue implements Outbox {
        private final AtomicInteger sent = new AtomicInteger();
        private final Path folder;

        FileQueue(Path folder) {
            this.folder = folder;
        }

        /** Sorts by time, and by the count what is sent within a millisecond. */
        private static String name(Instant from, int count, String id) {
            return String.format("%016d-%08d-%s", from.toEpochMilli(), count, id);
        }

        @Override
        public String send(JsonElement data) throws IOException {
            String id = UUID.randomUUID().toString();
            Path fresh = Files.writeString(folder.resolve("." + id), data.toString());
            Files.move(fresh, folder.resolve(name(Instant.now(), sent.incrementAndGet(), id)));
            return id;
        }

        @Override
        public Taken take(Duration lease) throws IOException {
            List<String> names;
            try (Stream<Path> files = Files.list(folder)) {
                names = files.map(file -> file.getFileName().toString())
                        .filter(name -> !name.startsWith(".")).sorted().toList();
            }
            for (String name : names) {
                String[] parts = name.split("-", 3);
                if (Long.parseLong(parts[0]) > Instant.now().toEpochMilli()) {
                    return null;
                }
                String receipt = name(Instant.now().plus(lease), 0, parts[2]);
                try {
                    Files.move(folder.resolve(name), folder.resolve(receipt));
                } catch (NoSuchFileException taken) {
                    continue; // somebody was faster
                }
                String text = Files.readString(folder.resolve(receipt));
                return new Taken(parts[2], JsonParser.parseString(text), receipt);
            }
            return null;
        }

        @Override
        public void done(Taken message) throws IOException {
            Files.deleteIfExists(folder.resolve(message.receipt()));
        }

        @Override
        public void close() {}
    }
}
