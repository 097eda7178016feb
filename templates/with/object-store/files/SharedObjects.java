package <%package%>;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Objects that the platforms share, in a store that speaks S3. OBJECT_STORE_BUCKET names the bucket, OBJECT_STORE_URL the
 * endpoint unless it is AWS's own; keys are taken as AWS's clients take them (AWS_ACCESS_KEY_ID and so on). Without a
 * bucket the objects are files of this machine (DATA_FOLDER), to try things out: other machines do not see them.
 */
public interface SharedObjects extends AutoCloseable {
    /** Somebody else changed the object since it was read: read it again and decide anew. */
    final class Conflict extends Exception {
        Conflict(String key) {
            super("`" + key + "` is no longer what was read");
        }
    }

    /** Bytes and their version; both null when there is no such object. */
    record Item(byte[] data, String version) {}

    /** Opens the store; keep it beside the handler, so that warm invocations use its connection again. */
    static SharedObjects connect() throws IOException {
        String bucket = System.getenv("OBJECT_STORE_BUCKET");
        if (bucket == null || bucket.isEmpty()) {
            return new Folder(SharedFolder.named("<%name%>-objects"));
        }
        S3ClientBuilder client = S3Client.builder().httpClient(UrlConnectionHttpClient.create());
        String endpoint = System.getenv("OBJECT_STORE_URL");
        if (endpoint != null && !endpoint.isEmpty()) {
            client.endpointOverride(URI.create(endpoint)).forcePathStyle(true);
        }
        return new Bucket(client.build(), bucket);
    }

    Item get(String key) throws IOException;

    /** Replaces what `get` gave with `version` (null: there was none), or throws Conflict. */
    void put(String key, byte[] data, String version) throws IOException, Conflict;

    void delete(String key) throws IOException;

    @Override
    void close();

    /** A store that speaks S3. */
    record Bucket(S3Client client, String name) implements SharedObjects {
        @Override
        public Item get(String key) {
            try {
                var found = client.getObjectAsBytes(request -> request.bucket(name).key(key));
                return new Item(found.asByteArray(), found.response().eTag());
            } catch (NoSuchKeyException absent) {
                return new Item(null, null);
            }
        }

        @Override
        public void put(String key, byte[] data, String version) throws Conflict {
            PutObjectRequest.Builder request = PutObjectRequest.builder().bucket(name).key(key);
            request = version == null ? request.ifNoneMatch("*") : request.ifMatch(version);
            try {
                client.putObject(request.build(), RequestBody.fromBytes(data));
            } catch (S3Exception problem) {
                switch (problem.statusCode()) {
                    case 404, 409, 412 -> throw new Conflict(key);
                    default -> throw problem;
                }
            }
        }

        @Override
        public void delete(String key) {
            client.deleteObject(request -> request.bucket(name).key(key));
        }

        @Override
        public void close() {
            client.close();
        }
    }

    /** Files of this machine. */
    record Folder(SharedFolder folder) implements SharedObjects {
        @Override
        public Item get(String key) throws IOException {
            try {
                byte[] data = Files.readAllBytes(folder.file(key));
                return new Item(data, SharedFolder.digest(data));
            } catch (NoSuchFileException absent) {
                return new Item(null, null);
            }
        }

        @Override
        public void put(String key, byte[] data, String version) throws IOException, Conflict {
            String now = get(key).version();
            boolean same = now == null ? version == null : now.equals(version);
            if (!same || !folder.replace(folder.file(key), data, version == null)) {
                throw new Conflict(key);
            }
        }

        @Override
        public void delete(String key) throws IOException {
            Files.deleteIfExists(folder.file(key));
        }

        @Override
        public void close() {}
    }
}
