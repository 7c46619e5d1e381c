#include "frontends/report/members.h"

#include <algorithm>

#include "frontends/report/read_report.h"

namespace staunch {
namespace {

// Builds the document, and keeps the place at which it could not go on.
class Builder : public nlohmann::detail::json_sax_dom_parser<Json> {
 public:
  explicit Builder(Json& into) : json_sax_dom_parser(into, false) {}

  template <typename Exception>
  bool parse_error(std::size_t position, const std::string&, const Exception&) {
    position_ = position;
    return false;
  }
  std::size_t position() const { return position_; }

 private:
  std::size_t position_ = 0;  // bytes read
};

}  // namespace

Result<Json> parse_whole(std::string_view text, const std::string& name) {
  if (too_deep(text, kMaxForeignNesting))
    return Error{fmt::format("brackets are nested more than {} deep", kMaxForeignNesting), name};
  Json document;
  Builder builder(document);
  if (Json::sax_parse(text, &builder)) return document;
  const std::string_view before = text.substr(0, builder.position() == 0 ? 0 : builder.position() - 1);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  return Error{"not valid JSON", fmt::format("{}:{}:{}", name, line, before.size() - start + 1)};
}

}  // namespace staunch
