// A store that is a program of the policy's (store.h says how it is called).
#include <fmt/format.h>

#include "hooks/respond/child.h"
#include "hooks/respond/store.h"

namespace staunch {
namespace {

class CommandStore : public Store {
 public:
  explicit CommandStore(std::vector<std::string> words) : words_(std::move(words)) {}

  Result<StoreValue> read(const std::string& name, Stage stage) override {
    const char* word = stage == Stage::current ? "current" : stage == Stage::pending ? "pending" : "previous";
    auto result = run({"read", name, word}, {});
    if (!result) return result.error();
    if (result->answer.empty()) return Error{fmt::format("it has no {} version", word), name};
    return StoreValue{std::move(result->answer), "", 0};
  }
  Status stage(const std::string& name, const Secret& value, const std::string& token) override {
    return done({"stage", name, token}, value);
  }
  Status promote(const std::string& name, const std::string& token) override {
    return done({"promote", name, token}, {});
  }
  Status drop(const std::string& name, const std::string& token) override { return done({"drop", name, token}, {}); }
  Status demote(const std::string& name, const std::string& token) override {
    return done({"demote", name, token}, {});
  }
  Status create(const std::string& name, const Secret& value) override { return done({"create", name}, value); }

 private:
  // What it says is not shown: it has the value, and may say it.
  Result<ChildResult> run(const std::vector<std::string>& more, const Secret& input) {
    std::vector<std::string> words = words_;
    words.insert(words.end(), more.begin(), more.end());
    auto result = run_child(words, input);
    if (!result) return result.error();
    if (result->timed_out) return Error{fmt::format("{} did not end in time", more[0]), words_[0]};
    if (result->status != 0) return Error{fmt::format("{} ended with {}", more[0], result->status), words_[0]};
    return result;
  }
  Status done(const std::vector<std::string>& more, const Secret& input) {
    const auto result = run(more, input);
    if (!result) return result.error();
    return Done{};
  }

  std::vector<std::string> words_;
};

}  // namespace

Result<std::unique_ptr<Store>> command_store(const StoreSettings& settings) {
  if (settings.command.empty()) return Error{fmt::format("store '{}' needs 'command'", settings.name), ""};
  return std::unique_ptr<Store>(std::make_unique<CommandStore>(settings.command));
}

}  // namespace staunch
