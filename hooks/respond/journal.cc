#include "hooks/respond/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "hooks/respond/moment.h"

namespace staunch {
namespace {

constexpr int kSchema = 1;
constexpr const char* kCheckValue = "this journal opens";

constexpr const char* kTables =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF;"
    "CREATE TABLE IF NOT EXISTS document(kind TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, json TEXT NOT NULL,"
    " PRIMARY KEY(kind, id)) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS document_time ON document(kind, at);"
    "CREATE TABLE IF NOT EXISTS sealed(id TEXT PRIMARY KEY, box BLOB NOT NULL) WITHOUT ROWID;";

// File systems on which neither locks nor syncs can be trusted: NFS, SMB, CIFS, SMB2, AFS, 9P, Ceph.
bool on_network(const std::string& folder) {
  struct statfs status;
  if (statfs(folder.c_str(), &status) != 0) return true;
  for (const unsigned long kind :
       {0x6969UL, 0x517BUL, 0xFF534D42UL, 0xFE534D42UL, 0x5346414FUL, 0x01021997UL, 0x00C36400UL})
    if (static_cast<unsigned long>(status.f_type) == kind) return true;
  return false;
}

// A prepared statement, its parameters by position.
class Statement {
 public:
  Statement(sqlite3* db, const char* sql) : db_(db) {
    if (sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr) != SQLITE_OK) statement_ = nullptr;
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& text(int at, std::string_view value) {
    sqlite3_bind_text(statement_, at, value.empty() ? "" : value.data(), static_cast<int>(value.size()),
                      SQLITE_TRANSIENT);
    return *this;
  }
  Statement& blob(int at, std::string_view value) {
    sqlite3_bind_blob(statement_, at, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& number(int at, std::int64_t value) {
    sqlite3_bind_int64(statement_, at, value);
    return *this;
  }
  bool row() { return statement_ && sqlite3_step(statement_) == SQLITE_ROW; }
  std::string_view column(int at) const {
    const void* data = sqlite3_column_blob(statement_, at);
    return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, at))};
  }
  std::int64_t integer(int at) const { return sqlite3_column_int64(statement_, at); }
  Status run() {
    if (statement_ && sqlite3_step(statement_) == SQLITE_DONE) return Done{};
    return Error{fmt::format("the journal cannot be written: {}", sqlite3_errmsg(db_)), ""};
  }

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace

struct Journal::State {
  sqlite3* db = nullptr;
  int lock = -1;
  std::string folder;
  std::optional<Sealer> sealer;
  ~State() {
    sqlite3_close(db);
    if (lock >= 0) close(lock);
  }
};

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::~Journal() = default;
const Sealer& Journal::sealer() const { return *state_->sealer; }
const std::string& Journal::folder() const { return state_->folder; }

namespace {

Status prepare_folder(const std::string& folder) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return Error{fmt::format("cannot make the journal's folder: {}", std::strerror(errno)), folder};
  struct stat status;
  if (stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return Error{"is not a folder", folder};
  if (status.st_uid != geteuid() || (status.st_mode & 077) != 0)
    return Error{"the journal's folder must be yours alone (mode 0700)", folder};
  if (on_network(folder)) return Error{"lies on a network file system, where a journal is not safe", folder};
  return Done{};
}

Status check_schema(sqlite3* db, const std::string& folder) {
  {
    Statement version(db, "PRAGMA user_version");
    if (!version.row()) return Error{fmt::format("the journal is damaged: {}", sqlite3_errmsg(db)), folder};
    if (version.integer(0) > kSchema) return Error{"the journal is of a newer program", folder};
  }
  char* wrong = nullptr;
  if (sqlite3_exec(db, kTables, nullptr, nullptr, &wrong) != SQLITE_OK) {
    const Error error{fmt::format("the journal is damaged or cannot be written: {}", wrong ? wrong : "?"), folder};
    sqlite3_free(wrong);
    return error;
  }
  sqlite3_exec(db, fmt::format("PRAGMA user_version={}", kSchema).c_str(), nullptr, nullptr, nullptr);
  return Done{};
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::string& folder) {
  if (const Status prepared = prepare_folder(folder); !prepared) return prepared.error();
  auto state = std::make_unique<State>();
  state->folder = folder;
  state->lock = ::open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (state->lock < 0 || flock(state->lock, LOCK_EX | LOCK_NB) != 0)
    return Error{"another responder is at work with this journal", folder};
  Result<Sealer> sealer = Sealer::of_file(folder + "/key");
  if (!sealer) return sealer.error();
  state->sealer = std::move(*sealer);
  const std::string file = folder + "/journal.sqlite";
  if (sqlite3_open_v2(file.c_str(), &state->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW,
                      nullptr) != SQLITE_OK)
    return Error{fmt::format("the journal cannot be opened: {}", sqlite3_errmsg(state->db)), file};
  if (const Status right = check_schema(state->db, folder); !right) return right.error();
  std::unique_ptr<Journal> journal(new Journal(std::move(state)));
  // The key is proved before anything depends on it.
  if (const auto check = journal->open_sealed("check"); check) {
    if (check->reveal() != kCheckValue) return Error{"the journal's key is not the one it was written with", folder};
  } else if (!check.error().what.starts_with("there is no")) {
    return Error{"the journal's key is not the one it was written with", folder};
  } else if (const Status kept = journal->keep_sealed("check", Secret(kCheckValue)); !kept) {
    return kept.error();
  }
  return journal;
}

Status Journal::put(std::string_view kind, std::string_view id, const Json& document) {
  Statement put(state_->db,
                "INSERT INTO document(kind, id, at, json) VALUES(?1, ?2, ?3, ?4) "
                "ON CONFLICT(kind, id) DO UPDATE SET at=?3, json=?4");
  return put.text(1, kind).text(2, id).number(3, now_seconds()).text(4, to_line(document)).run();
}

Status Journal::erase(std::string_view kind, std::string_view id) {
  Statement erase(state_->db, "DELETE FROM document WHERE kind=?1 AND id=?2");
  return erase.text(1, kind).text(2, id).run();
}

std::optional<Json> Journal::get(std::string_view kind, std::string_view id) const {
  Statement get(state_->db, "SELECT json FROM document WHERE kind=?1 AND id=?2");
  get.text(1, kind).text(2, id);
  return get.row() ? parse_json(get.column(0)) : std::nullopt;
}

std::vector<std::pair<std::string, Json>> Journal::list(std::string_view kind, std::size_t limit,
                                                        std::string_view after) const {
  Statement list(state_->db, "SELECT id, json FROM document WHERE kind=?1 AND id>?2 ORDER BY id LIMIT ?3");
  list.text(1, kind).text(2, after).number(3, static_cast<std::int64_t>(limit));
  std::vector<std::pair<std::string, Json>> all;
  while (list.row())
    if (auto json = parse_json(list.column(1))) all.emplace_back(list.column(0), std::move(*json));
  return all;
}

std::uint64_t Journal::count_since(std::string_view kind, std::int64_t since) const {
  Statement count(state_->db, "SELECT count(*) FROM document WHERE kind=?1 AND at>=?2");
  count.text(1, kind).number(2, since);
  return count.row() ? static_cast<std::uint64_t>(count.integer(0)) : UINT64_MAX;  // unreadable: no room left
}

Status Journal::keep_sealed(std::string_view id, const Secret& secret) {
  Statement put(state_->db, "INSERT OR REPLACE INTO sealed(id, box) VALUES(?1, ?2)");
  return put.text(1, id).blob(2, state_->sealer->seal(secret.reveal())).run();
}

Result<Secret> Journal::open_sealed(std::string_view id) const {
  Statement get(state_->db, "SELECT box FROM sealed WHERE id=?1");
  get.text(1, id);
  if (!get.row()) return Error{fmt::format("there is no sealed value '{}'", id), state_->folder};
  return state_->sealer->open(get.column(0));
}

Status Journal::erase_sealed(std::string_view id) {
  Statement erase(state_->db, "DELETE FROM sealed WHERE id=?1");
  return erase.text(1, id).run();
}

}  // namespace staunch
