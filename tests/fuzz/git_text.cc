// Any bytes as a commit, a tag, a tree or a configuration, as the first one chooses: no crash, and every view inside
// the text that was parsed.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "frontends/git/config.h"
#include "frontends/git/parse.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;

void inside(std::string_view view, std::string_view text) {
  if (view.empty()) return;
  demand(view.data() >= text.data() && view.data() + view.size() <= text.data() + text.size());
}

void inside(const Signature& signature, std::string_view text) {
  inside(signature.name, text);
  inside(signature.email, text);
}

void check_commit(std::string_view text, std::size_t id_bytes) {
  const auto commit = parse_commit(text, id_bytes);
  if (!commit) return;
  demand(commit->tree.raw().size() == id_bytes && commit->parents.size() * 2 * id_bytes <= text.size());
  demand(commit->message_offset <= text.size() && text.substr(commit->message_offset) == commit->message);
  demand(commit->author_line <= commit->message_offset);
  inside(commit->author, text);
  inside(commit->committer, text);
}

void check_tag(std::string_view text, std::size_t id_bytes) {
  const auto tag = parse_tag(text, id_bytes);
  if (!tag) return;
  demand(tag->object.raw().size() == id_bytes && tag->type != ObjectType::none);
  demand(tag->message_offset <= text.size() && text.substr(tag->message_offset) == tag->message);
  inside(tag->name, text);
  inside(tag->tagger, text);
}

void check_tree(std::string_view text, std::size_t id_bytes) {
  TreeReader reader(text, id_bytes);
  TreeEntry entry;
  std::uint64_t next = 0;
  while (reader.next(entry)) {
    demand(entry.offset == next && !entry.name.empty() && entry.id.size() == id_bytes);
    inside(entry.name, text);
    inside(entry.id, text);
    next = static_cast<std::uint64_t>(entry.id.data() + entry.id.size() - text.data());
  }
  demand(reader.damaged() || next == text.size());
}

void check_config(std::string_view text) {
  const auto config = parse_config(text, "config");
  if (!config) return;
  for (const ConfigEntry& entry : *config) {
    demand(!entry.section.empty() && !entry.key.empty());
    demand(entry.section.size() + entry.key.size() <= text.size());
    config_truth(entry.value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t id_bytes = data[0] % 8 < 4 ? kSha1Bytes : kSha256Bytes;
  switch (data[0] % 4) {
    case 0: check_commit(text, id_bytes); break;
    case 1: check_tag(text, id_bytes); break;
    case 2: check_tree(text, id_bytes); break;
    default: check_config(text);
  }
  return 0;
}
