#include "database.h"

#include <libpq-fe.h>
#include <poll.h>

#include <mutex>
#include <vector>

#include "shared_folder.h"

using nlohmann::json;

namespace database {

namespace {

Conflict conflict(const std::string& key, std::int64_t version) {
  return Conflict("`" + key + "` is no longer at version " + std::to_string(version));
}

class Server : public Database {
 public:
  explicit Server(const std::string& url) : connection_(connect(url), PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(problem());
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    // Two first calls at once would both create the tables, and one of them would fail.
    run("SELECT pg_advisory_lock(7238)");
    run("CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY)");
    run("CREATE TABLE IF NOT EXISTS items "
        "(key TEXT PRIMARY KEY, version BIGINT NOT NULL, value TEXT NOT NULL)");
    run("SELECT pg_advisory_unlock(7238)");
  }

  bool once(const std::string& id, const std::function<void()>& work) override {
    const std::lock_guard turn(turns_);
    run("BEGIN");
    working_ = true;
    try {
      const bool first = run("INSERT INTO done VALUES ($1) ON CONFLICT DO NOTHING", {id}).changed();
      if (first) work();
      // COMMIT of a transaction in which a statement failed undoes it without an error.
      if (run("COMMIT").status() != "COMMIT") throw std::runtime_error("a statement failed");
      working_ = false;
      return first;
    } catch (...) {
      PQclear(PQexec(connection_.get(), "ROLLBACK"));  // what failed first says more
      working_ = false;
      throw;
    }
  }

  Item get(const std::string& key) override {
    const std::lock_guard turn(turns_);
    const Result found = run("SELECT value, version FROM items WHERE key = $1", {key});
    if (found.rows() == 0) return {};
    return {json::parse(found.text(0)), std::stoll(found.text(1))};
  }

  void put(const std::string& key, const json& value, std::int64_t version) override {
    const std::lock_guard turn(turns_);
    const Result done =
        version == 0
            ? run("INSERT INTO items VALUES ($1, 1, $2) ON CONFLICT DO NOTHING",
                  {key, value.dump()})
            : run("UPDATE items SET value = $2, version = version + 1 "
                  "WHERE key = $1 AND version = $3",
                  {key, value.dump(), std::to_string(version)});
    if (!done.changed()) throw conflict(key, version);
  }

 private:
  class Result {
   public:
    explicit Result(PGresult* result) : result_(result, PQclear) {}

    bool good() const {
      const ExecStatusType status = PQresultStatus(result_.get());
      return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    }

    std::string status() const { return PQcmdStatus(result_.get()); }
    bool changed() const { return std::string(PQcmdTuples(result_.get())) == "1"; }
    int rows() const { return PQntuples(result_.get()); }
    std::string text(int column) const { return PQgetvalue(result_.get(), 0, column); }

   private:
    std::unique_ptr<PGresult, decltype(&PQclear)> result_;
  };

  static PGconn* connect(const std::string& url) {
    const char* names[] = {"connect_timeout", "dbname", nullptr};
    const char* values[] = {"5", url.c_str(), nullptr};
    return PQconnectdbParams(names, values, 1);
  }

  std::string problem() const { return PQerrorMessage(connection_.get()); }

  /// Whether the server is there still: when it went away meanwhile, that waits to be read.
  bool is_open() {
    pollfd socket = {PQsocket(connection_.get()), POLLIN, 0};
    while (PQstatus(connection_.get()) == CONNECTION_OK && poll(&socket, 1, 0) > 0) {
      if (PQconsumeInput(connection_.get()) == 0) return false;
    }
    return PQstatus(connection_.get()) == CONNECTION_OK;
  }

  Result run(const char* sql, const std::vector<std::string>& values = {}) {
    // A connection that broke is made anew, but never in the middle of a transaction.
    if (!working_ && !is_open()) PQreset(connection_.get());
    std::vector<const char*> texts;
    for (const std::string& value : values) {
      if (value.find('\0') != std::string::npos) throw std::invalid_argument("a zero byte");
      texts.push_back(value.c_str());
    }
    Result result(PQexecParams(connection_.get(), sql, static_cast<int>(texts.size()), nullptr,
                               texts.data(), nullptr, nullptr, 0));
    if (!result.good()) throw std::runtime_error(problem());
    return result;
  }

  std::recursive_mutex turns_;
  bool working_ = false;
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

class Files : public Database {
 public:
  bool once(const std::string& id, const std::function<void()>& work) override {
    const std::string mark = digest("done-" + id);
    if (!folder_.create(mark, id)) return false;
    try {
      work();
    } catch (...) {
      folder_.remove(mark);
      throw;
    }
    return true;
  }

  Item get(const std::string& key) override {
    const auto found = folder_.read(digest(key));
    if (!found) return {};
    const json item = json::parse(*found);
    return {item.at("value"), item.at("version")};
  }

  void put(const std::string& key, const json& value, std::int64_t version) override {
    if (get(key).version != version) throw conflict(key, version);
    const std::string item = json({{"value", value}, {"version", version + 1}}).dump();
    if (version > 0) {
      folder_.replace(digest(key), item);
    } else if (!folder_.create(digest(key), item)) {
      throw conflict(key, version);
    }
  }

 private:
  SharedFolder folder_{"<%name%>"};
};

}  // namespace

std::unique_ptr<Database> open() {
  const std::string url = setting("DATABASE_URL");
  if (url.empty()) return std::make_unique<Files>();
  return std::make_unique<Server>(url);
}

}  // namespace database
