#include "hooks/respond/history_text.h"

#include <fmt/format.h>

#include "engine/finding.h"
#include "frontends/git/object_store.h"
#include "frontends/git/parse.h"
#include "frontends/git/repository.h"

namespace staunch {
namespace {

constexpr std::uint64_t kMaxObject = 256u << 20;

Error gone(const std::string& what, const Error& error) {
  return Error{fmt::format("moved: {} cannot be read from the repository ({})", what, to_string(error)), ""};
}

// The id of the entry of this name in a tree; the id of nothing where there is none.
ObjectId entry_of(std::string_view tree, std::string_view name, std::size_t id_bytes) {
  TreeReader reader(tree, id_bytes);
  for (TreeEntry entry; reader.next(entry);)
    if (entry.name == name) return ObjectId(entry.id);
  return {};
}

Result<std::string> file_of(const ObjectStore& store, ObjectId tree, std::string_view path) {
  for (std::string_view rest = path;;) {
    const std::size_t slash = rest.find('/');
    const auto object = store.read(tree, kMaxObject);
    if (!object) return gone("a folder", object.error());
    const ObjectId next = object->type == ObjectType::tree
                              ? entry_of(object->bytes, rest.substr(0, slash), store.id_bytes())
                              : ObjectId();
    if (!next) return Error{"moved: the commit has no such file", ""};
    tree = next;
    if (slash == rest.npos) break;
    rest.remove_prefix(slash + 1);
  }
  auto file = store.read(tree, kMaxObject);
  if (!file) return gone("the file", file.error());
  return std::move(file->bytes);
}

}  // namespace

Result<std::string> history_text(const std::string& path_of_repository, const std::string& commit,
                                 const std::string& path, const std::string& blob) {
  const auto repository = open_repository(path_of_repository, {});
  if (!repository)
    return Error{fmt::format("the repository of the report cannot be opened ({}); name it with --in FOLDER",
                             to_string(repository.error())),
                 ""};
  const ObjectStore store = ObjectStore::open(repository->object_folders, repository->id_bytes);
  if (const auto id = ObjectId::from_hex(blob)) {
    auto object = store.read(*id, kMaxObject);
    if (!object) return gone("the blob", object.error());
    return std::move(object->bytes);
  }
  const auto id = ObjectId::from_hex(commit);
  if (!id) return Error{"the report names neither a commit nor a blob", ""};
  const auto object = store.read(*id, kMaxObject);
  if (!object) return gone("the commit", object.error());
  if (object->type != ObjectType::commit) return Error{"moved: what the report names is no commit", ""};
  const auto parsed = parse_commit(object->bytes, store.id_bytes());
  if (!parsed) return gone("the commit", parsed.error());
  if (path == kMessagePath) return std::string(parsed->message);
  return file_of(store, parsed->tree, path);
}

}  // namespace staunch
