#include "azure.h"

#include "check.h"

int main() {
<%if trigger == "http"%>
  const std::string hello = R"({"message":"Hello, Ada!"})";
  CHECK(call({.method = "GET", .target = "/<%name%>?name=Ada"}).body == hello);
  CHECK(call({.method = "POST", .target = "/<%name%>", .body = R"({"name": "Ada"})"}).body == hello);
  CHECK(call({.method = "GET", .target = "/<%name%>?name=%20"}).status == 400);
<%else%>
  const HttpMessage reply =
      call({.method = "POST", .target = "/<%name%>", .body = sample("azure-<%trigger%>").dump()});
  CHECK(reply.status == 200);
  CHECK(nlohmann::json::parse(reply.body).at("Logs").size() == <%if trigger == "stream"%>2<%else%>1<%end%>);
<%if trigger == "queue"%>
  const std::string poison = sample("azure-queue-poison").dump();
  CHECK(call({.method = "POST", .target = "/<%name%>", .body = poison}).status == 500);
<%end%>
<%end%>
  return failures;
}
