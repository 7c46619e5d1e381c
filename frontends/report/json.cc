// The array of gitleaks' JSON report, its keys in its order, one space a level; `[]` where nothing was found.
#include <utility>

#include "frontends/report/gitleaks.h"

namespace staunch {
namespace {

class JsonReport : public GitleaksSink {
 public:
  using GitleaksSink::GitleaksSink;

 private:
  std::string render(const Totals&) override {
    std::string out;
    JsonText json(out, 1);
    json.open('[');
    for (std::size_t i = 0; i < places_.size(); ++i) write_gitleaks_object(json, fields_of(i));
    json.close();
    return out += '\n';
  }
};

}  // namespace

std::unique_ptr<Sink> make_json_report(ReportOptions options, Writer writer) {
  return std::make_unique<JsonReport>(std::move(options), std::move(writer));
}

}  // namespace staunch
