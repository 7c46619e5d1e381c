#include "frontends/body/structure.h"

#include <simdjson.h>

#include <algorithm>

namespace staunch {

struct Structure::State {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  std::size_t capacity = 0;
};

Structure::Structure() : state_(std::make_unique<State>()) {}
Structure::~Structure() = default;

bool Structure::index(std::string_view text, std::span<const std::uint32_t>& positions) {
  if (text.empty() || text.size() > kMaxJsonBytes) return false;
  State& s = *state_;
  if (s.capacity > kKeptBytes && text.size() <= kKeptBytes) s.parser.reset();
  if (!s.parser || text.size() > s.capacity) {
    const std::size_t wanted = std::max<std::size_t>(text.size(), 16u << 10);
    s.capacity = 0;
    // The depth is that of its second stage, which is never asked.
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 1, s.parser) !=
        simdjson::SUCCESS)
      return false;
    s.capacity = wanted;
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  if (s.parser->stage1(bytes, text.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS) return false;
  positions = {s.parser->structural_indexes.get(), s.parser->n_structural_indexes};
  return true;
}

}  // namespace staunch
