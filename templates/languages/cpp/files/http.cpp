#include "http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace {

/// Closes its socket at the end of the scope.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {
    if (fd < 0) throw std::runtime_error("no socket");
  }

  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  ~Socket() { ::close(fd_); }

  int get() const { return fd_; }

 private:
  int fd_;
};

void send_all(int fd, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) throw std::runtime_error("the connection broke while sending");
    sent += static_cast<std::size_t>(n);
  }
}

bool receive_some(int fd, std::string& into) {
  char buffer[16384];
  const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
  if (n > 0) into.append(buffer, static_cast<std::size_t>(n));
  return n > 0;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Start line and headers; `head` ends before the empty line.
HttpMessage parse_head(const std::string& head) {
  HttpMessage message;
  const std::size_t end = std::min(head.find("\r\n"), head.size());
  const std::size_t first = head.find(' ');
  const std::size_t second = head.find(' ', first + 1);
  if (first == std::string::npos) throw std::runtime_error("not HTTP");
  message.method = head.substr(0, first);
  message.target = head.substr(first + 1, second - first - 1);
  if (message.method.starts_with("HTTP/")) message.status = std::stoi(message.target);
  std::size_t at = end;
  while (at < head.size()) {
    const std::size_t begin = at + 2;
    at = std::min(head.find("\r\n", begin), head.size());
    const std::size_t colon = head.find(':', begin);
    if (colon >= at) continue;
    const std::size_t value = std::min(head.find_first_not_of(' ', colon + 1), at);
    message.headers[lower(head.substr(begin, colon - begin))] = head.substr(value, at - value);
  }
  return message;
}

/// Reads chunks (RFC 9112 section 7.1) from the front of `rest` and the socket.
std::string receive_chunks(int fd, std::string rest) {
  std::string body;
  while (true) {
    std::size_t line = 0;
    while ((line = rest.find("\r\n")) == std::string::npos) {
      if (!receive_some(fd, rest)) throw std::runtime_error("the connection broke");
    }
    const std::size_t size = std::stoul(rest.substr(0, line), nullptr, 16);
    while (rest.size() < line + 2 + size + 2) {
      if (!receive_some(fd, rest)) throw std::runtime_error("the connection broke");
    }
    if (size == 0) return body;
    body += rest.substr(line + 2, size);
    rest.erase(0, line + 2 + size + 2);
  }
}

HttpMessage receive(int fd) {
  std::string bytes;
  std::size_t end = 0;
  while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_some(fd, bytes)) throw std::runtime_error("the connection broke");
  }
  HttpMessage message = parse_head(bytes.substr(0, end));
  message.body = bytes.substr(end + 4);
  if (const auto coding = message.headers.find("transfer-encoding");
      coding != message.headers.end() && lower(coding->second) == "chunked") {
    message.body = receive_chunks(fd, message.body);
  } else if (const auto length = message.headers.find("content-length");
             length != message.headers.end()) {
    const std::size_t size = std::stoul(length->second);
    while (message.body.size() < size && receive_some(fd, message.body)) {
    }
  }
  return message;
}

std::string rest_of(const HttpMessage& message) {
  std::string text;
  for (const auto& [name, value] : message.headers) text += name + ": " + value + "\r\n";
  return text + "content-length: " + std::to_string(message.body.size()) +
         "\r\nconnection: close\r\n\r\n" + message.body;
}

void answer_one(int fd, const std::function<HttpMessage(const HttpMessage&)>& answer) {
  const Socket socket(fd);
  try {
    const HttpMessage reply = answer(receive(fd));
    send_all(fd, "HTTP/1.1 " + std::to_string(reply.status) + " .\r\n" + rest_of(reply));
  } catch (const std::exception&) {
    // The caller went away or sent no HTTP: there is nobody to tell.
  }
}

}  // namespace

HttpMessage request(const std::string& address, const HttpMessage& message) {
  const std::size_t colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  // The address is numeric in Lambda, so the static binary needs no resolver.
  if (::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &place.sin_addr) != 1) {
    throw std::runtime_error(host + " is not an IPv4 address");
  }
  const Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0) {
    throw std::runtime_error("cannot connect to " + address);
  }
  send_all(socket.get(), message.method + " " + message.target + " HTTP/1.1\r\nhost: " + address +
                             "\r\n" + rest_of(message));
  return receive(socket.get());
}

void serve(int port, const std::function<HttpMessage(const HttpMessage&)>& answer) {
  const Socket listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<std::uint16_t>(port));
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0 ||
      ::listen(listener.get(), SOMAXCONN) != 0) {
    throw std::runtime_error("cannot listen on port " + std::to_string(port));
  }
  while (true) {
    const int fd = ::accept(listener.get(), nullptr, nullptr);
    if (fd >= 0) std::thread(answer_one, fd, answer).detach();
  }
}

std::string url_decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '%' && i + 2 < text.size() &&
                         std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
                         std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0;
    if (escaped) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> query_of(const std::string& target) {
  std::map<std::string, std::string> query;
  std::size_t at = target.find('?');
  while (at != std::string::npos) {
    const std::size_t begin = at + 1;
    at = target.find('&', begin);
    const std::string pair = target.substr(begin, at == std::string::npos ? at : at - begin);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    query[url_decoded(pair.substr(0, equals))] =
        equals < pair.size() ? url_decoded(pair.substr(equals + 1)) : "";
  }
  return query;
}

std::string from_base64(const std::string& text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned group = 0;
  int bits = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) continue;
    group = (group << 6U) | static_cast<unsigned>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>((group >> bits) & 255U);
  }
  return out;
}
