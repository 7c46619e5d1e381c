// Sealed values of this machine, in the journal: for one machine's programs, and for credentials of our own.
#include <fmt/format.h>

#include "hooks/respond/moment.h"
#include "hooks/respond/store.h"

namespace staunch {
namespace {

class Local : public Store {
 public:
  explicit Local(Journal& journal) : journal_(journal) {}

  Result<StoreValue> read(const std::string& name, Stage stage) override {
    auto value = journal_.open_sealed(id(name, stage));
    if (!value) return Error{fmt::format("the local store has no {} version of it", word(stage)), name};
    const auto about = journal_.get("local", name);
    return StoreValue{std::move(*value), about ? text_at(*about, "/version") : "",
                      about ? static_cast<std::int64_t>(number_at(*about, "/since")) : 0};
  }

  Status stage(const std::string& name, const Secret& value, const std::string&) override {
    if (const auto current = read(name, Stage::current); !current) return current.error();
    return journal_.keep_sealed(id(name, Stage::pending), value);
  }

  // The pending value is erased last, so that a stop in between only repeats what was done.
  Status promote(const std::string& name, const std::string& token) override {
    const auto about = journal_.get("local", name);
    const auto next = journal_.open_sealed(id(name, Stage::pending));
    if (!next) return about && text_at(*about, "/version") == token ? Status(Done{}) : Error{"nothing is staged", name};
    const auto old = journal_.open_sealed(id(name, Stage::current));
    if (old && old->reveal() != next->reveal())
      if (const Status kept = journal_.keep_sealed(id(name, Stage::previous), *old); !kept) return kept;
    if (const Status kept = journal_.keep_sealed(id(name, Stage::current), *next); !kept) return kept;
    if (const Status told = tell(name, token); !told) return told;
    return journal_.erase_sealed(id(name, Stage::pending));
  }

  Status drop(const std::string& name, const std::string&) override {
    return journal_.erase_sealed(id(name, Stage::pending));
  }

  Status demote(const std::string& name, const std::string& token) override {
    const auto old = journal_.open_sealed(id(name, Stage::previous));
    if (!old) return Error{"there is no version before this one", name};
    if (const Status kept = journal_.keep_sealed(id(name, Stage::current), *old); !kept) return kept;
    return tell(name, "before " + token);
  }

  Status create(const std::string& name, const Secret& value) override {
    if (journal_.open_sealed(id(name, Stage::current))) return Error{"it is there already; rotate it", name};
    if (const Status kept = journal_.keep_sealed(id(name, Stage::current), value); !kept) return kept;
    return tell(name, "first");
  }

 private:
  static const char* word(Stage stage) {
    return stage == Stage::current ? "current" : stage == Stage::pending ? "pending" : "previous";
  }
  static std::string id(const std::string& name, Stage stage) { return fmt::format("local/{}/{}", word(stage), name); }

  Status tell(const std::string& name, const std::string& version) {
    return journal_.put("local", name, {{"version", version}, {"since", static_cast<std::uint64_t>(now_seconds())}});
  }

  Journal& journal_;
};

}  // namespace

std::unique_ptr<Store> local_store(Journal& journal) { return std::make_unique<Local>(journal); }

}  // namespace staunch
