package <%package%>;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;

/**
 * Data that the platforms share. DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME names the server; without it the
 * data is in files of this machine (DATA_FOLDER), to try things out: other machines do not see them, and what the work
 * put before it failed stays there.
 */
public interface Database extends AutoCloseable {
    /** Work that may fail. */
    interface Work {
        void run() throws Exception;
    }

    /** Somebody else changed the item since it was read: read it again and decide anew. */
    final class Conflict extends Exception {
        Conflict(String key, long version) {
            super("`" + key + "` is no longer at version " + version);
        }
    }

    /**
     * A value and its version.
     *
     * @param value null when there is none; the version is 0 then
     */
    record Item(JsonElement value, long version) {}

    /** Opens the shared data; keep it beside the handler, so that warm invocations use it again. */
    static Database open() throws Exception {
        String url = System.getenv("DATABASE_URL");
        return url == null || url.isEmpty() ? new FileDatabase(SharedFolder.named("<%name%>")) : new Server(url);
    }

    /**
     * Does the work unless it was done for this id; says whether it did it. The mark and what the work puts here are one
     * transaction: both are kept or, when it throws, neither, and the message may be delivered again. A second delivery
     * that comes meanwhile waits.
     */
    boolean once(String id, Work work) throws Exception;

    Item get(String key) throws Exception;

    /** Replaces what `get` gave with `version`; throws Conflict when it is no longer that. */
    void put(String key, JsonElement value, long version) throws Exception;

    /** PostgreSQL. Threads take turns: what one does meanwhile would be part of the other's transaction. */
    final class Server implements Database {
        private final String address;
        private final Properties properties = new Properties();
        private Connection connection;

        Server(String url) throws SQLException {
            // The driver wants user and password beside the address.
            URI parts = URI.create(url);
            properties.setProperty("connectTimeout", "5");
            if (parts.getUserInfo() != null) {
                String[] user = parts.getUserInfo().split(":", 2);
                properties.setProperty("user", user[0]);
                if (user.length == 2) {
                    properties.setProperty("password", user[1]);
                }
            }
            String port = parts.getPort() < 0 ? "" : ":" + parts.getPort();
            String query = parts.getRawQuery() == null ? "" : "?" + parts.getRawQuery();
            address = "jdbc:postgresql://" + parts.getHost() + port + parts.getPath() + query;
            connection = DriverManager.getConnection(address, properties);
            // Two first calls at once would both create the tables, and one of them would fail.
            for (String statement : new String[] {
                "SELECT pg_advisory_lock(7238)",
                "CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY)",
                "CREATE TABLE IF NOT EXISTS items"
                        + " (key TEXT PRIMARY KEY, version BIGINT NOT NULL, value TEXT NOT NULL)",
                "SELECT pg_advisory_unlock(7238)"
            }) {
                try (PreparedStatement prepared = connection.prepareStatement(statement)) {
                    prepared.execute();
                }
            }
        }

        /** The connection; one that broke is made anew, but never in the middle of a transaction. */
        private Connection connection() throws SQLException {
            if (connection.isClosed() || connection.getAutoCommit() && !connection.isValid(5)) {
                connection.close();
                connection = DriverManager.getConnection(address, properties);
            }
            return connection;
        }

        @Override
        public synchronized boolean once(String id, Work work) throws Exception {
            connection().setAutoCommit(false);
            try {
                boolean first = change("INSERT INTO done VALUES (?) ON CONFLICT DO NOTHING", id) == 1;
                if (first) {
                    work.run();
                }
                connection.commit();
                return first;
            } catch (Exception problem) {
                if (!connection.isClosed()) {
                    connection.rollback();
                }
                throw problem;
            } finally {
                if (!connection.isClosed()) {
                    connection.setAutoCommit(true);
                }
            }
        }

        @Override
        public synchronized Item get(String key) throws SQLException {
            try (PreparedStatement statement =
                    connection().prepareStatement("SELECT value, version FROM items WHERE key = ?")) {
                statement.setString(1, key);
                try (ResultSet found = statement.executeQuery()) {
                    return found.next()
                            ? new Item(JsonParser.parseString(found.getString(1)), found.getLong(2))
                            : new Item(null, 0);
                }
            }
        }

        @Override
        public synchronized void put(String key, JsonElement value, long version) throws SQLException, Conflict {
            int changed = version == 0
                    ? change("INSERT INTO items VALUES (?, 1, ?) ON CONFLICT DO NOTHING", key, value.toString())
                    : change("UPDATE items SET value = ?, version = version + 1 WHERE key = ? AND version = ?",
                            value.toString(), key, version);
            if (changed != 1) {
                throw new Conflict(key, version);
            }
        }

        private int change(String sql, Object... values) throws SQLException {
            try (PreparedStatement statement = connection().prepareStatement(sql)) {
                for (int i = 0; i < values.length; i++) {
                    statement.setObject(i + 1, values[i]);
                }
                return statement.executeUpdate();
            }
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }
}
