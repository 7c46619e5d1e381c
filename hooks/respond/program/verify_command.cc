// staunch verify REPORT|-: which secrets are good, told by those who issued them.
#include <fmt/format.h>
#include <unistd.h>

#include "frontends/report/json_text.h"
#include "hooks/respond/files.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/program/books.h"
#include "hooks/respond/program/commands.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/verify.h"

namespace staunch {
namespace {

std::string place_text(const Subject& subject) {
  if (subject.places.empty() || subject.places[0].path.empty()) return "standard input";
  const SubjectPlace& place = subject.places[0];
  std::string text = place.path;
  if (place.line) text += fmt::format(":{}", place.line);
  if (subject.place_count > 1) text += fmt::format(" and {} more", subject.place_count - 1);
  return text;
}

std::string text_line(const Subject& subject, const Verdict& verdict) {
  std::string line =
      fmt::format("{:<10}  {}  {}  {}", name_of(verdict.state), subject.rule, subject.fingerprint, place_text(subject));
  if (!verdict.host.empty()) line += "\n            asked " + verdict.host;
  for (const auto& [name, value] : verdict.told) line += fmt::format("\n            {}: {}", name, value);
  if (!verdict.why.empty()) line += "\n            " + verdict.why;
  return line;
}

std::string json_line(const Subject& subject, const Verdict& verdict, const Output& output) {
  std::string line;
  JsonText json(line);
  json.open('{');
  json.text("type", "verdict");
  json.text("fingerprint", subject.fingerprint);
  json.text("rule", subject.rule);
  json.text("provider", subject.provider);
  json.open("verdict", '{');
  json.text("state", name_of(verdict.state));
  if (!verdict.host.empty()) json.text("host", verdict.host);
  if (verdict.checked_at) json.text("checked_at", rfc3339(verdict.checked_at));
  if (!verdict.why.empty()) json.text("why", output.safe(verdict.why));
  for (const auto& [name, value] : verdict.told) json.text(name, output.safe(value));
  json.close();
  json.number("places", subject.place_count);
  json.close();
  return line;
}

// Each secret once, a batch at a time, while the scan goes on.
class BesideScan {
 public:
  BesideScan(const RespondOptions& options, const Catalogue& catalogue, VerifyOptions how, Output& output)
      : options_(options), catalogue_(catalogue), how_(std::move(how)), output_(output) {}

  int run() {
    if (!policy_of(options_, {}, output_)) return kWrongUse;
    if (!write_all(3, "+")) return kUnknown;
    const auto take = [this](const Subjects& subjects) { ask(subjects); };
    const Status read = each_batch({"standard input", options_.folder, fingerprint_key()}, catalogue_, take);
    if (!read) return output_.tell(to_string(read.error())), kUnknown;
    if (refused_) return kWrongUse;
    std::string all;
    for (const auto& [fingerprint, line] : lines_) all += line;
    return write_all(3, all) ? kDone : kUnknown;
  }

 private:
  void ask(const Subjects& subjects) {
    know_subjects(subjects, output_);
    if (!policy_ && !refused_)
      policy_ = policy_of(options_, subjects.targets, output_);  // what is scanned is known now
    refused_ = !policy_;
    if (refused_) return;
    std::vector<Subject> fresh;
    for (const Subject& subject : subjects.all)
      if (!lines_.contains(subject.fingerprint)) fresh.push_back(subject);
    how_.now = now_seconds();
    const std::vector<Verdict> verdicts = verify(catalogue_, policy_->network, fresh, how_);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      std::string& line = lines_[fresh[i].fingerprint];
      if (line.empty() || !verdicts[i].host.empty()) line = json_line(fresh[i], verdicts[i], output_) + "\n";
    }
  }

  const RespondOptions& options_;
  const Catalogue& catalogue_;
  VerifyOptions how_;
  Output& output_;
  std::optional<Policy> policy_;
  bool refused_ = false;
  std::map<std::string, std::string> lines_;  // by fingerprint
};

}  // namespace

int run_verify(const RespondOptions& options, Output& output) {
  const Result<Catalogue> catalogue = respond_catalogue();
  if (!catalogue) return output.tell(to_string(catalogue.error())), kUnknown;
  if (options.beside) {
    const auto parts = parts_of(options, output);
    if (!parts) return kWrongUse;
    const VerifyOptions how{*parts, {options.issuers.begin(), options.issuers.end()}, {}, 0, nullptr};
    return BesideScan(options, *catalogue, how, output).run();
  }
  const auto subjects = subjects_of(options, *catalogue, output);
  if (!subjects) return kWrongUse;
  const auto policy = policy_of(options, subjects->targets, output);
  const auto parts = parts_of(options, output);
  if (!policy || !parts) return kWrongUse;
  // Logins to databases are counted, so only they need the journal.
  std::optional<Books> books;
  if (!policy->network.database_hosts.empty() && !(books = open_books(*policy, output))) return kWrongUse;
  const VerifyOptions how{*parts,
                          {options.issuers.begin(), options.issuers.end()},
                          {},
                          now_seconds(),
                          books ? books->journal.get() : nullptr};
  const std::vector<Verdict> verdicts = verify(*catalogue, policy->network, subjects->all, how);
  std::map<State, std::size_t> sums;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    ++sums[verdicts[i].state];
    const Subject& subject = subjects->all[i];
    output.out(options.format == "jsonl" ? json_line(subject, verdicts[i], output) : text_line(subject, verdicts[i]));
  }
  const std::size_t good = sums[State::live] + sums[State::restricted];
  output.tell(fmt::format("{} good, {} dead, {} unknown", good, sums[State::dead], sums[State::unknown]));
  if (good != 0) return kLive;
  return sums[State::unknown] != 0 || !subjects->notes.empty() ? kUnknown : kDone;
}

}  // namespace staunch
