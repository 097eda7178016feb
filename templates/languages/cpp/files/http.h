#pragma once

// As much HTTP/1.1 as the two platforms need on the loopback interface: one request a connection.

#include <functional>
#include <map>
#include <string>

/// A request, or the reply to one. Header names are in small letters.
struct HttpMessage {
  std::string method = {};  ///< of a request
  std::string target = {};  ///< of a request: path and query
  int status = 0;      ///< of a reply
  std::map<std::string, std::string> headers = {};
  std::string body = {};
};

/// Sends a request to "HOST:PORT" and waits for the reply, however long it takes. Throws
/// std::runtime_error when the connection fails.
HttpMessage request(const std::string& address, const HttpMessage& message);

/// Answers requests on 127.0.0.1:`port` for ever, each on a thread of its own.
void serve(int port, const std::function<HttpMessage(const HttpMessage&)>& answer);

/// The parameters of a target's query, decoded.
std::map<std::string, std::string> query_of(const std::string& target);

/// `text` with %XX and + decoded.
std::string url_decoded(const std::string& text);

/// The bytes of base64 `text`.
std::string from_base64(const std::string& text);
