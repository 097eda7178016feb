package <%package%>;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.params.SetParams;

/**
 * Data that the platforms share for a while. REDIS_URL=redis://HOST:6379/0 (rediss:// for TLS) names the server; without
 * it the data is in files of this machine (DATA_FOLDER), to try things out: other machines do not see them.
 */
public final class Cache implements AutoCloseable {
    /** One delivery may work so long; longer than the function's timeout. */
    private static final Duration LEASE = Duration.ofMinutes(1);
    /** A finished id is remembered so long: as long as a queue may deliver it again. */
    private static final Duration KEPT = Duration.ofDays(14);

    /** Work that may fail. */
    public interface Work {
        void run() throws Exception;
    }

    /** Another delivery of the same message is being worked on: fail, to have it delivered later. */
    public static final class Busy extends Exception {
        Busy(String id) {
            super(id);
        }
    }

    private final Store store;

    private Cache(Store store) {
        this.store = store;
    }

    /** Opens the cache; keep it beside the handler, so that warm invocations use its connection again. */
    public static Cache connect() throws IOException {
        String url = System.getenv("REDIS_URL");
        return new Cache(url == null || url.isEmpty()
                ? new FileStore(SharedFolder.named("<%name%>-cache"))
                : new Server(new JedisPooled(checked(), URI.create(url), 5000)));
    }

    /** Connections that broke meanwhile are not used again. */
    private static ConnectionPoolConfig checked() {
        ConnectionPoolConfig config = new ConnectionPoolConfig();
        config.setTestOnBorrow(true);
        return config;
    }

    /** Does the work unless it was done for this id; says whether it did it. */
    public boolean once(String id, Work work) throws Exception {
        String key = "<%name%>:done:" + id;
        String token = UUID.randomUUID().toString();
        String held = store.claim(key, token, LEASE);
        if ("done".equals(held)) {
            return false;
        }
        if (held != null) {
            throw new Busy(id);
        }
        try {
            work.run();
        } catch (Exception problem) {
            store.release(key, token);
            throw problem;
        }
        store.finish(key, token, KEPT);
        return true;
    }

    /** The value of the key; null when there is none (any more). */
    public JsonElement get(String key) throws IOException {
        String text = store.get("<%name%>:" + key);
        return text == null ? null : JsonParser.parseString(text);
    }

    /** Keeps the value for a while. */
    public void put(String key, JsonElement value, Duration life) throws IOException {
        store.put("<%name%>:" + key, value.toString(), life);
    }

    @Override
    public void close() {
        store.close();
    }

    private interface Store {
        /** What holds the key; null when it is now this token's. */
        String claim(String key, String token, Duration life) throws IOException;

        void finish(String key, String token, Duration life) throws IOException;

        void release(String key, String token) throws IOException;

        String get(String key) throws IOException;

        void put(String key, String text, Duration life) throws IOException;

        void close();
    }

    private record Server(JedisPooled client) implements Store {
        // Only who holds the lease may end it: after a pause it may be somebody else's.
        private static final String FINISH = "if redis.call('get', KEYS[1]) == ARGV[1] then"
                + " return redis.call('set', KEYS[1], 'done', 'PX', ARGV[2]) end";
        private static final String RELEASE =
                "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end";

        @Override
        public String claim(String key, String token, Duration life) {
            while (client.set(key, token, SetParams.setParams().nx().px(life.toMillis())) == null) {
                String held = client.get(key);
                if (held != null) { // it may have run out between the two commands
                    return held;
                }
            }
            return null;
        }

        @Override
        public void finish(String key, String token, Duration life) {
            client.eval(FINISH, List.of(key), List.of(token, Long.toString(life.toMillis())));
        }

        @Override
        public void release(String key, String token) {
            client.eval(RELEASE, List.of(key), List.of(token));
        }

        @Override
        public String get(String key) {
            return client.get(key);
        }

        @Override
        public void put(String key, String text, Duration life) {
            client.psetex(key, life.toMillis(), text);
        }

        @Override
        public void close() {
            client.close();
        }
    }

    /** A file a key: its text, and when it ends. */
    private record FileStore(SharedFolder folder) implements Store {
        private static byte[] entry(String text, Duration life) {
            JsonObject entry = new JsonObject();
            entry.addProperty("text", text);
            entry.addProperty("until", Instant.now().plus(life).toEpochMilli());
            return entry.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String claim(String key, String token, Duration life) throws IOException {
            String held = get(key);
            if (held != null) {
                return held;
            }
            Files.deleteIfExists(folder.file(key));
            boolean ours = folder.replace(folder.file(key), entry(token, life), true);
            return ours ? null : "somebody";
        }

        @Override
        public void finish(String key, String token, Duration life) throws IOException {
            if (token.equals(get(key))) {
                put(key, "done", life);
            }
        }

        @Override
        public void release(String key, String token) throws IOException {
            if (token.equals(get(key))) {
                Files.delete(folder.file(key));
            }
        }

        @Override
        public String get(String key) throws IOException {
            Path file = folder.file(key);
            try {
                JsonObject kept = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
                boolean lives = kept.get("until").getAsLong() > Instant.now().toEpochMilli();
                return lives ? kept.get("text").getAsString() : null;
            } catch (NoSuchFileException absent) {
                return null;
            }
        }

        @Override
        public void put(String key, String text, Duration life) throws IOException {
            folder.replace(folder.file(key), entry(text, life), false);
        }

        @Override
        public void close() {}
    }
}
