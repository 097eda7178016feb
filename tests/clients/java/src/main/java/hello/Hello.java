package hello;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;

public class Hello implements RequestHandler<Map<String, String>, String> {
  @Override
  public String handleRequest(Map<String, String> event, Context context) {
    if ("fail".equals(event.get("name"))) {
      throw new IllegalStateException("asked to fail");
    }
    return "hello " + event.get("name");
  }
}
