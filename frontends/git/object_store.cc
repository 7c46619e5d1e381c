// An object is found in a pack or as a file; a delta's chain is walked down to something whole, then applied upwards.
#include "frontends/git/object_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "frontends/git/alternates.h"
#include "frontends/git/delta.h"
#include "frontends/git/loose.h"
#include "frontends/git/object_cache.h"
#include "frontends/git/shelves.h"

namespace staunch {
namespace {

// git writes chains of at most 4095 deltas, and no delta of, or to, a file of more than 512 MiB
// (core.bigFileThreshold).
constexpr std::size_t kMaxChain = 1 << 16;
constexpr std::uint64_t kMaxBaseBytes = 512 << 20;
constexpr std::size_t kMaxKeptBytes = 16 << 20;  // of a buffer that is used again
constexpr std::size_t kMaxDeltaSizes = 20;       // bytes that the two sizes of a delta take

// The deltas of an object, from itself downwards, and the whole object beneath them.
struct Link {
  const Shelf* shelf = nullptr;
  std::uint32_t object = 0;
  PackEntry entry;
};
struct Chain {
  std::vector<Link> deltas;
  // One of three.
  SharedObject held;
  std::optional<Link> packed;
  std::optional<LooseObject> loose;
};

struct Tools {
  Inflater inflater;
  Buffer delta;
};

Error larger(std::uint64_t limit) { return {fmt::format("larger than {} bytes", limit), {}}; }

}  // namespace

struct ObjectStore::State {
  State(std::vector<std::string> folders, std::size_t id_bytes, std::vector<Note> notes)
      : shelves(std::move(folders), id_bytes, std::move(notes)) {}

  Shelves shelves;
  ObjectCache cache;
  std::mutex tools_lock;
  std::vector<std::unique_ptr<Tools>> tools;

  Result<Chain> walk(Copied at, std::uint64_t max_bytes);
  Result<PackEntry> entry(const Copied& at);
  Result<SharedObject> whole(Chain& chain, std::uint64_t max_bytes, Tools& using_tools);
  Result<SharedObject> make(const Copied& at, std::uint64_t max_bytes);
  Result<SharedObject> grow(const Link& link, const HeldObject& base, std::uint64_t max_bytes, Tools& using_tools);
  Result<Header> header(const Copied& at);
  Result<std::unique_ptr<ByteStream>> stream(const Copied& at);

  std::unique_ptr<Tools> take_tools();
  void give_back(std::unique_ptr<Tools> used);
};

ObjectStore::ObjectStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
ObjectStore::ObjectStore(ObjectStore&&) noexcept = default;
ObjectStore::~ObjectStore() = default;

std::size_t ObjectStore::id_bytes() const { return state_->shelves.id_bytes(); }
const std::vector<std::string>& ObjectStore::folders() const { return state_->shelves.folders(); }
const std::vector<const Pack*>& ObjectStore::packs() const { return state_->shelves.stock().packs; }
const std::vector<Note>& ObjectStore::notes() const { return state_->shelves.stock().notes; }

ObjectStore ObjectStore::open(const std::vector<std::string>& folders, std::size_t id_bytes) {
  std::vector<Note> notes;
  std::vector<std::string> all = follow_alternates(folders, notes);
  return ObjectStore(std::make_unique<State>(std::move(all), id_bytes, std::move(notes)));
}

Result<PackEntry> ObjectStore::State::entry(const Copied& at) {
  const Pack& pack = *at.shelf->pack;
  const PackPlaces& places = at.shelf->places();
  const std::uint64_t offset = pack.index().offset(at.object);
  const std::optional<std::size_t> place = places.find(offset);
  return pack.entry(offset, place ? places.end(*place, pack.data_end()) : 0);
}

// Reads heads of entries only. A way back to where it was leads over a delta that names its base by id: others point
// backwards within their pack.
Result<Chain> ObjectStore::State::walk(Copied at, std::uint64_t max_bytes) {
  Chain chain;
  std::set<std::pair<std::uint64_t, std::uint64_t>> named;
  while (at.shelf != nullptr) {
    const Pack& pack = *at.shelf->pack;
    chain.held = cache.find({at.shelf->number, pack.index().offset(at.object)});
    if (chain.held) return chain;
    const Result<PackEntry> entry = this->entry(at);
    if (!entry) return entry.error();
    const Link link{at.shelf, at.object, *entry};
    if (entry->size > max_bytes) return larger(max_bytes);
    if (!entry->is_delta()) {
      chain.packed = link;
      return chain;
    }
    if (chain.deltas.size() == kMaxChain) return Error{"corrupt: its chain of deltas does not end", {}};
    chain.deltas.push_back(link);
    if (entry->base_offset != 0) {
      const std::optional<std::size_t> place = at.shelf->places().find(entry->base_offset);
      if (!place) return Error{"corrupt: no object begins where its base should", {}};
      at.object = at.shelf->places().object(*place);
    } else {
      if (!named.emplace(at.shelf->number, entry->begin).second)
        return Error{"corrupt: its deltas lead back to itself", {}};
      const std::optional<Copied> base = shelves.locate(entry->base_id);
      if (!base) return Error{"missing: the base of its delta, " + entry->base_id.hex(), {}};
      at = *base;
    }
  }
  Result<LooseObject> loose = open_loose(loose_path(shelves.folders()[at.folder], at.id));
  if (!loose) return loose.error();
  if (loose->header.size > max_bytes) return larger(max_bytes);
  chain.loose = *std::move(loose);
  return chain;
}

// What stands at the end of a chain.
Result<SharedObject> ObjectStore::State::whole(Chain& chain, std::uint64_t max_bytes, Tools& using_tools) {
  if (chain.held) {
    if (chain.held->bytes.size() > max_bytes) return larger(max_bytes);
    return chain.held;
  }
  auto object = std::make_shared<HeldObject>();
  if (chain.packed) {
    const Pack& pack = *chain.packed->shelf->pack;
    if (chain.packed->entry.size > max_bytes) return larger(max_bytes);
    object->type = chain.packed->entry.type;
    const std::uint32_t crc = pack.index().crc(chain.packed->object);
    if (const Status got = pack.inflate(chain.packed->entry, crc, using_tools.inflater, object->bytes); !got)
      return got.error();
    cache.put({chain.packed->shelf->number, chain.packed->entry.begin}, object);
    return SharedObject(std::move(object));
  }
  if (chain.loose->header.size > max_bytes) return larger(max_bytes);
  object->type = chain.loose->header.type;
  if (const Status got = read_loose(*chain.loose, using_tools.inflater, using_tools.delta); !got) return got.error();
  const std::string_view content = using_tools.delta.view().substr(chain.loose->header.bytes);
  std::copy(content.begin(), content.end(), object->bytes.reset(content.size()));
  return SharedObject(std::move(object));
}

Result<SharedObject> ObjectStore::State::grow(const Link& link, const HeldObject& base, std::uint64_t max_bytes,
                                              Tools& using_tools) {
  const Pack& pack = *link.shelf->pack;
  Buffer& delta = using_tools.delta;
  const std::uint32_t crc = pack.index().crc(link.object);
  if (const Status got = pack.inflate(link.entry, crc, using_tools.inflater, delta); !got) return got.error();
  const Result<DeltaSizes> sizes = delta_sizes(delta.view());
  if (!sizes) return sizes.error();
  if (sizes->result > max_bytes) return larger(max_bytes);
  auto object = std::make_shared<HeldObject>();
  object->type = base.type;
  if (const Status made = apply_delta(base.bytes.view(), delta.view(), object->bytes, nullptr); !made)
    return made.error();
  cache.put({link.shelf->number, link.entry.begin}, object);
  return SharedObject(std::move(object));
}

Result<SharedObject> ObjectStore::State::make(const Copied& at, std::uint64_t max_bytes) {
  const std::uint64_t max_base = std::max(max_bytes, kMaxBaseBytes);
  Result<Chain> chain = walk(at, max_base);
  if (!chain) return chain.error();
  std::unique_ptr<Tools> borrowed = take_tools();
  std::vector<Link>& deltas = chain->deltas;
  Result<SharedObject> object = whole(*chain, deltas.empty() ? max_bytes : max_base, *borrowed);
  for (; object && !deltas.empty(); deltas.pop_back())
    object = grow(deltas.back(), **object, deltas.size() == 1 ? max_bytes : max_base, *borrowed);
  give_back(std::move(borrowed));
  return object;
}

std::unique_ptr<Tools> ObjectStore::State::take_tools() {
  const std::lock_guard hold(tools_lock);
  if (tools.empty()) return std::make_unique<Tools>();
  std::unique_ptr<Tools> taken = std::move(tools.back());
  tools.pop_back();
  return taken;
}

void ObjectStore::State::give_back(std::unique_ptr<Tools> used) {
  if (used->delta.capacity() > kMaxKeptBytes) return;
  const std::lock_guard hold(tools_lock);
  tools.push_back(std::move(used));
}

Result<ObjectStore::Header> ObjectStore::State::header(const Copied& at) {
  const Result<Chain> chain = walk(at, ~std::uint64_t{0});
  if (!chain) return chain.error();
  Header header;
  if (chain->held) header = {chain->held->type, chain->held->bytes.size()};
  else if (chain->packed) header = {chain->packed->entry.type, chain->packed->entry.size};
  else header = {chain->loose->header.type, chain->loose->header.size};
  if (chain->deltas.empty()) return header;

  const Link& top = chain->deltas.front();
  const std::unique_ptr<ByteStream> delta = top.shelf->pack->stream(top.entry);
  char start[kMaxDeltaSizes];
  std::size_t filled = 0;
  while (filled < sizeof start) {
    const Result<std::size_t> got = delta->read(std::span(start).subspan(filled));
    if (!got) return got.error();
    if (*got == 0) break;
    filled += *got;
  }
  const Result<DeltaSizes> sizes = delta_sizes({start, filled});
  if (!sizes) return sizes.error();
  header.size = sizes->result;
  return header;
}

Result<std::unique_ptr<ByteStream>> ObjectStore::State::stream(const Copied& at) {
  if (at.shelf == nullptr) {
    Result<LooseObject> loose = open_loose(loose_path(shelves.folders()[at.folder], at.id));
    if (!loose) return loose.error();
    return std::unique_ptr<ByteStream>(std::move(loose->stream));
  }
  const Result<PackEntry> entry = this->entry(at);
  if (!entry) return entry.error();
  if (entry->is_delta()) return Error{"a delta, which cannot be read as a stream", {}};
  return at.shelf->pack->stream(*entry);
}

namespace {

// The first copy that can be used gives the result; where none can, the first one's error.
template <typename T, typename State, typename Try>
Result<T> from_any_copy(State& state, const ObjectId& id, Try try_copy) {
  std::optional<T> result;
  std::optional<Error> error;
  state.shelves.each_copy(id, [&](const Copied& at) {
    Result<T> tried = try_copy(at);
    if (tried) result = *std::move(tried);
    else if (!error) error = tried.error();
    return result.has_value();
  });
  if (result) return *std::move(result);
  return Error{error ? error->what : "missing", id.hex()};
}

}  // namespace

Result<Object> ObjectStore::read(const ObjectId& id, std::uint64_t max_bytes) const {
  const Result<SharedObject> made =
      from_any_copy<SharedObject>(*state_, id, [&](const Copied& at) { return state_->make(at, max_bytes); });
  if (!made) return made.error();
  return Object{(*made)->type, std::string((*made)->bytes.view())};
}

bool ObjectStore::has(const ObjectId& id) const { return state_->shelves.locate(id).has_value(); }

Result<ObjectStore::Header> ObjectStore::header(const ObjectId& id) const {
  return from_any_copy<Header>(*state_, id, [&](const Copied& at) { return state_->header(at); });
}

Result<std::unique_ptr<ByteStream>> ObjectStore::stream(const ObjectId& id) const {
  using Stream = std::unique_ptr<ByteStream>;
  return from_any_copy<Stream>(*state_, id, [&](const Copied& at) { return state_->stream(at); });
}

std::vector<ObjectStore::Loose> ObjectStore::loose() const {
  std::vector<Loose> all;
  for (const Copied& each : state_->shelves.stock().loose) all.push_back({each.id, each.folder});
  std::sort(all.begin(), all.end(),
            [](const Loose& a, const Loose& b) { return a.id == b.id ? a.folder < b.folder : a.id < b.id; });
  all.erase(std::unique(all.begin(), all.end(), [](const Loose& a, const Loose& b) { return a.id == b.id; }),
            all.end());
  return all;
}

}  // namespace staunch
