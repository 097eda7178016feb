package <%package%>;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonParser;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoreTest {
    private static Core.Message message(String data) {
        return new Core.Message("1", "here", JsonParser.parseString(data));
    }

    @Test
    void saysWhatWasDoneEachTimeItIsDelivered() {
        Core.Done expected = new Core.Done("1", "here", List.of("a", "b"));
        assertEquals(expected, Core.handle(message("{\"b\": 1, \"a\": 2}")));
        assertEquals(expected, Core.handle(message("{\"b\": 1, \"a\": 2}")));
    }

    @Test
    void refusesDataThatIsNoObject() {
        for (String data : new String[] {"null", "\"text\"", "[1]", "7"}) {
            assertThrows(IllegalArgumentException.class, () -> Core.handle(message(data)), data);
        }
    }
}
