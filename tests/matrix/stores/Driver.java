import PACKAGE.Cache;
import PACKAGE.Database;
import PACKAGE.Outbox;
import PACKAGE.SharedObjects;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

public final class Driver {
    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }

    private final Database database = Database.open();
    private final Cache cache = Cache.connect();
    private final Outbox outbox = Outbox.connect();
    private final SharedObjects objects = SharedObjects.connect();

    private Driver() throws Exception {}

    private void write(String key, JsonObject data) throws Exception {
        check(database.once("w" + key, () -> database.put(key, data, 0)), "database: done before");
        check(cache.once("w" + key, () -> {}), "cache: done before");
        cache.put(key, data, Duration.ofMinutes(1));
        outbox.send(data);
        objects.put(key, key.getBytes(StandardCharsets.UTF_8), null);
    }

    private void read(String key, JsonObject data) throws Exception {
        check(database.get(key).equals(new Database.Item(data, 1)), "database: " + database.get(key));
        check(!database.once("w" + key, () -> {}), "database: not done");
        check(data.equals(cache.get(key)), "cache: " + cache.get(key));
        check(!cache.once("w" + key, () -> {}), "cache: not done");
        Outbox.Taken taken = outbox.take(Outbox.LEASE);
        check(taken != null && taken.data().equals(data), "outbox: " + taken);
        outbox.done(taken);
        byte[] found = objects.get(key).data();
        check(found != null && new String(found, StandardCharsets.UTF_8).equals(key), "objects: another object");
    }

    public static void main(String[] arguments) throws Exception {
        Driver driver = new Driver();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null;) {
            String[] words = line.split(" ");
            JsonObject data = new JsonObject();
            data.addProperty("from", words[1]);
            try {
                if (words[0].equals("write")) {
                    driver.write(words[1], data);
                } else {
                    driver.read(words[1], data);
                }
                out.println("ok");
            } catch (Exception problem) {
                out.println(problem.toString().replace('\n', ' '));
            }
        }
        System.exit(0);
    }
}
