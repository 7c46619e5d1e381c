// What gitleaks -v prints beside its report, for eyes and for scripts that fetch the Fingerprint line: a block a place,
// its fields by name, a blank line behind each. Whatever comes from scanned material is shown by visible(), so that it
// can neither move a cursor nor begin a line of its own.
#include <fmt/format.h>

#include <utility>

#include "frontends/report/gitleaks.h"
#include "frontends/report/terminal.h"

namespace staunch {
namespace {

class GitleaksPrint : public GitleaksSink {
 public:
  using GitleaksSink::GitleaksSink;

 private:
  static std::string block(const GitleaksFields& fields) {
    std::string out;
    const auto line = [&](std::string_view name, std::string_view value) {
      out += fmt::format("{:<12} {}\n", fmt::format("{}:", name), visible(value));
    };
    line("Finding", fields.match);
    line("Secret", fields.secret);
    line("RuleID", fields.rule);
    line("Entropy", fmt::format("{:.6f}", fields.entropy));
    if (!fields.tags.empty()) line("Tags", fmt::format("[{}]", fmt::join(fields.tags, " ")));
    line("File", fields.file);
    line("Line", fmt::format("{}", fields.begin.line));
    if (!fields.commit.empty()) {
      line("Commit", fields.commit);
      line("Author", fields.author);
      line("Email", fields.email);
      line("Date", fields.date);
    }
    line("Fingerprint", fields.fingerprint);
    if (!fields.link.empty()) line("Link", fields.link);
    if (fields.more != 0) line("More", fmt::format("{} places of this secret besides", fields.more));
    return out += '\n';
  }

  std::string tell(const News& news) const override { return block(fields_of(news.place)); }

  std::string render(const Totals&) override {
    std::string out;
    if (!run_.live)
      for (std::size_t i = 0; i < places_.size(); ++i) out += block(fields_of(i));
    return out;
  }
};

class Both : public Sink {
 public:
  Both(std::unique_ptr<Sink> first, std::unique_ptr<Sink> second)
      : first_(std::move(first)), second_(std::move(second)) {}
  void start(const RunInfo& run) override { first_->start(run), second_->start(run); }
  void occurrence(Occurrence occurrence) override {
    first_->occurrence(occurrence);
    second_->occurrence(std::move(occurrence));
  }
  void settle() override { first_->settle(), second_->settle(); }
  bool wanted() const override { return first_->wanted() && second_->wanted(); }
  Status finish(const Totals& totals) override {
    const Status first = first_->finish(totals), second = second_->finish(totals);
    return first ? second : first;
  }

 private:
  std::unique_ptr<Sink> first_, second_;
};

}  // namespace

std::unique_ptr<Sink> make_gitleaks_print(ReportOptions options, Writer writer) {
  return std::make_unique<GitleaksPrint>(std::move(options), std::move(writer));
}

std::unique_ptr<Sink> make_both(std::unique_ptr<Sink> first, std::unique_ptr<Sink> second) {
  return std::make_unique<Both>(std::move(first), std::move(second));
}

}  // namespace staunch
