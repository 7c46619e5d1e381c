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
  if (!verdict.host.empty()) line += "\n            at " + verdict.host;
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
      policy_ = policy_of(options_, subjects.targets, output_, true);  // what is scanned is known now
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

int verify_beside_scan(const RespondOptions& options, Output& output) {
  const Result<Catalogue> catalogue = respond_catalogue();
  if (!catalogue) return output.tell(to_string(catalogue.error())), kUnknown;
  const auto policy = policy_of(options, {}, output);
  if (!policy) return kWrongUse;
  const auto how = asking_of(options, *policy, nullptr, output);
  return how ? BesideScan(options, *catalogue, *how, output).run() : kWrongUse;
}

}  // namespace

int run_verify(const RespondOptions& options, Output& output) {
  if (options.beside) return verify_beside_scan(options, output);
  int code = kUnknown;
  const auto asked = asked_of(options, output, code);
  if (!asked) return code;
  const auto verdicts = verdicts_of(*asked, output);
  if (!verdicts) return kWrongUse;
  std::map<State, std::size_t> sums;
  for (std::size_t i = 0; i < verdicts->size(); ++i) {
    const Verdict& verdict = (*verdicts)[i];
    ++sums[verdict.state];
    const Subject& subject = asked->subjects.all[i];
    output.out(options.format == "jsonl" ? json_line(subject, verdict, output) : text_line(subject, verdict));
  }
  const std::size_t good = sums[State::live] + sums[State::restricted];
  output.tell(fmt::format("{} good, {} dead, {} unknown", good, sums[State::dead], sums[State::unknown]));
  if (good != 0) return kLive;
  return sums[State::unknown] != 0 || !asked->subjects.notes.empty() ? kUnknown : kDone;
}

}  // namespace staunch
