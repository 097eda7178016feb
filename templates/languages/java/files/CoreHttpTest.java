package <%package%>;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CoreTest {
    private static final Core.Answer HELLO = new Core.Answer(200, "{\"message\":\"Hello, Ada!\"}");

    @Test
    void greetsTheNameOfQueryOrBody() {
        assertEquals(HELLO, Core.respond(Map.of("name", "Ada"), null));
        assertEquals(HELLO, Core.respond(Map.of(), "{\"name\": \"Ada\"}"));
    }

    @Test
    void greetsTheWorldWithoutAName() {
        assertEquals("{\"message\":\"Hello, world!\"}", Core.respond(Map.of(), "").body());
    }

    @Test
    void refusesWhatIsNoName() {
        assertEquals(400, Core.respond(Map.of("name", " "), null).status());
        String long_ = "x".repeat(Core.LONGEST_NAME + 1);
        assertEquals(400, Core.respond(Map.of("name", long_), null).status());
        for (String body : new String[] {"{", "[]", "{\"name\": 1}"}) {
            assertEquals(400, Core.respond(Map.of(), body).status(), body);
        }
    }
}
