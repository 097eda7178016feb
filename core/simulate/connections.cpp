#include "simulate/connections.h"

#include <algorithm>
#include <utility>

namespace meshfn::simulate {

Connections::Answer Connections::acquire(std::uint32_t worker, std::uint32_t host,
                                         std::uint32_t attempt, Time now) {
  expire(now);
  Line& own = line(worker, host);
  if (!own.ready.empty()) return {Grant::now, attach(own)};
  if (waiting_ >= limits_.max_pending) return {Grant::overflow};
  own.waiting.push_back(attempt);
  ++waiting_;
  return {open_one(own) ? Grant::connect : Grant::later};
}

bool Connections::open_one(Line& line) {
  if (line.waiting.size() <= std::uint64_t{line.connecting} * limits_.capacity()) return false;
  if (open_ >= limits_.max_connections && line.open > 0) return false;
  ++open_;
  ++line.open;
  ++line.connecting;
  return true;
}

void Connections::connected(std::uint32_t worker, std::uint32_t host, Time now) {
  Line& own = line(worker, host);
  --own.connecting;
  const std::uint32_t id = connections_.take();
  Connection& made = connections_[id];
  made.line = &own;
  made.streams = made.served = 0;
  made.born = made.rests_since = now;
  made.open = true;
  made.draining = false;
  own.ready.push_back(id);
  if (std::exchange(made.watched, true)) return;
  deadlines_.push({now + std::min(limits_.idle_timeout, limits_.connection_age), id});
}

std::uint32_t Connections::attach(Line& line) {
  const std::uint32_t id = line.ready.back();
  Connection& connection = connections_[id];
  ++connection.streams;
  ++connection.served;
  const std::uint32_t most = limits_.requests_per_connection;
  if (most > 0 && connection.served >= most) connection.draining = true;
  if (connection.draining || connection.streams >= limits_.streams()) line.ready.pop_back();
  return id;
}

bool Connections::release(std::uint32_t id, Leave leave, Time now) {
  Connection& connection = connections_[id];
  Line& own = *connection.line;
  const bool was_full = connection.streams >= limits_.streams();
  --connection.streams;
  if (leave == Leave::broken && !connection.draining) drain(id);
  if (connection.draining) {
    if (connection.streams > 0) return false;
    close(id);
    return open_one(own);
  }
  if (was_full) own.ready.push_back(id);
  connection.rests_since = now;
  return false;
}

Connections::Carried Connections::next(std::uint32_t worker, std::uint32_t host) {
  Line& own = line(worker, host);
  if (own.waiting.empty() || own.ready.empty()) return {};
  const std::uint32_t first = own.waiting.front();
  own.waiting.pop_front();
  --waiting_;
  return {first, attach(own)};
}

bool Connections::forget(std::uint32_t worker, std::uint32_t host, std::uint32_t attempt) {
  Line& own = line(worker, host);
  const auto found = std::find(own.waiting.begin(), own.waiting.end(), attempt);
  if (found == own.waiting.end()) return false;
  own.waiting.erase(found);
  --waiting_;
  return true;
}

void Connections::drain(std::uint32_t id) {
  Connection& connection = connections_[id];
  auto& ready = connection.line->ready;
  const auto found = std::find(ready.begin(), ready.end(), id);
  if (found != ready.end()) ready.erase(found);
  connection.draining = true;
}

void Connections::close(std::uint32_t id) {
  Connection& connection = connections_[id];
  --connection.line->open;
  --open_;
  connection.open = false;
  connections_.give_back(id);
}

void Connections::expire(Time now) {
  while (!deadlines_.empty() && deadlines_.top().at <= now) {
    const std::uint32_t id = deadlines_.top().connection;
    deadlines_.pop();
    const Time next = settle(id, now);
    connections_[id].watched = next != kNever;
    if (next != kNever) deadlines_.push({next, id});
  }
}

Time Connections::settle(std::uint32_t id, Time now) {
  const Connection& connection = connections_[id];
  if (!connection.open || connection.draining) return kNever;
  const bool resting = connection.streams == 0;
  const Time rests_until = (resting ? connection.rests_since : now) + limits_.idle_timeout;
  const Time lives_until = connection.born + limits_.connection_age;
  if (std::min(rests_until, lives_until) > now) return std::min(rests_until, lives_until);
  drain(id);
  if (resting) close(id);
  return kNever;
}

}  // namespace meshfn::simulate
