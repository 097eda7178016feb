package <%package%>;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;

/** A folder of files that stand in for a server, to try things out. */
record SharedFolder(Path path) {
    /** The folder of this name below DATA_FOLDER, by default where temporary files are. */
    static SharedFolder named(String name) throws IOException {
        String root = System.getProperty("data.folder", System.getenv("DATA_FOLDER"));
        Path path = Path.of(root == null ? System.getProperty("java.io.tmpdir") : root, name);
        return new SharedFolder(Files.createDirectories(path));
    }

    /** The file of a key, whatever characters it has. */
    Path file(String key) {
        return path.resolve(digest(key.getBytes(StandardCharsets.UTF_8)));
    }

    static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // every Java has it
        }
    }

    /** Puts the bytes there in one step; false when it has to be a new file and there is one already. */
    boolean replace(Path file, byte[] bytes, boolean fresh) throws IOException {
        Path written = Files.write(path.resolve("." + UUID.randomUUID()), bytes);
        if (!fresh) {
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
            return true;
        }
        try {
            Files.createLink(file, written); // fails when there is one, where a move replaces it
            return true;
        } catch (FileAlreadyExistsException there) {
            return false;
        } finally {
            Files.delete(written);
        }
    }
}
