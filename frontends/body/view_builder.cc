#include "frontends/body/view_builder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "frontends/body/media.h"

namespace staunch {
namespace {

// The piece of a text that a byte of it belongs to; the last one for its end. Requires pieces that cover it.
const EscapePiece& piece_at(const std::vector<EscapePiece>& pieces, std::size_t out) {
  const auto after = std::upper_bound(pieces.begin(), pieces.end(), out,
                                      [](std::size_t at, const EscapePiece& piece) { return at < piece.out; });
  return after == pieces.begin() ? pieces.front() : *(after - 1);
}

std::size_t from_begin(const std::vector<EscapePiece>& pieces, std::size_t out) {
  const EscapePiece& piece = piece_at(pieces, out);
  if (out >= piece.out + piece.out_size) return piece.from + piece.from_size;
  return piece.whole ? piece.from : piece.from + (out - piece.out);
}

std::size_t from_end(const std::vector<EscapePiece>& pieces, std::size_t out) {
  if (out == 0) return from_begin(pieces, out);
  const EscapePiece& piece = piece_at(pieces, out - 1);
  return piece.whole ? piece.from + piece.from_size : piece.from + (out - piece.out);
}

}  // namespace

bool ViewState::wants(std::size_t begin, std::size_t end) const {
  const auto first = std::upper_bound(spans->begin(), spans->end(), begin,
                                      [](std::size_t at, const ViewSpan& span) { return at < span.end; });
  return first != spans->end() && first->begin < end;
}

bool looks_like_json(std::string_view text) {
  while (!text.empty() && is_json_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_json_space(text.back())) text.remove_suffix(1);
  if (text.size() < 2) return false;
  return (text.front() == '{' && text.back() == '}') || (text.front() == '[' && text.back() == ']');
}

void Layer::keep(std::size_t end) {
  if (map_ != nullptr && end > at_ && state_.wants(state_.out.size(), out_at(end)))
    add_piece(&map_->pieces, {state_.out.size(), end - at_, at_, end - at_, false});
  state_.out.append(text_, at_, end - at_);
  at_ = end;
}

void Layer::keep_text(std::size_t end) {
  const std::size_t begin = at_;
  if (map_ == nullptr) return;  // copied with what comes next, or not at all
  add_leaf({out_at(begin), out_at(end), begin, end, Leaf::Kind::text, 0, false, -1});
  keep(end);
}

void Layer::skip(std::size_t end) {
  at_ = end;
  changed_ = true;
}

void Layer::put(std::string_view bytes) {
  state_.out += bytes;
  changed_ = true;
}

std::int32_t Layer::add_node(const BodyNode& node) {
  state_.map->nodes.push_back(node);
  return static_cast<std::int32_t>(state_.map->nodes.size() - 1);
}

void Layer::add_leaf(const Leaf& leaf) {
  if (state_.wants(leaf.begin, leaf.end)) map_->leaves.push_back(leaf);
}

void Layer::add_pieces(const std::vector<EscapePiece>& pieces) {
  for (const EscapePiece& piece : pieces)
    if (state_.wants(piece.out, piece.out + piece.out_size)) add_piece(&map_->pieces, piece);
}

void Layer::leave_out(std::size_t size) {
  if (state_.map != nullptr) return;  // counted the first time
  ++state_.view.media;
  state_.view.media_bytes += size;
}

// What an inner layer told of its text, in terms of this one's; `pieces` lead from here to there.
void Layer::compose(const ViewMap& inner, const std::vector<EscapePiece>& pieces) {
  for (const EscapePiece& piece : inner.pieces) {
    const std::size_t end = piece.from + piece.from_size;
    if (piece.whole) {
      const std::size_t from = from_begin(pieces, piece.from);
      add_piece(&map_->pieces, {piece.out, piece.out_size, from, from_end(pieces, end) - from, true});
      continue;
    }
    for (std::size_t at = piece.from; at < end;) {
      const EscapePiece& below = piece_at(pieces, at);
      const std::size_t stop = std::min(end, below.out + below.out_size), out = piece.out + (at - piece.from);
      if (below.whole) add_piece(&map_->pieces, {out, stop - at, below.from, below.from_size, true});
      else add_piece(&map_->pieces, {out, stop - at, below.from + (at - below.out), stop - at, false});
      at = stop;
    }
  }
  for (Leaf leaf : inner.leaves) {
    const std::size_t begin = leaf.raw_begin, end = leaf.raw_end;
    leaf.raw_begin = from_begin(pieces, begin);
    leaf.raw_end = begin == end ? leaf.raw_begin : from_end(pieces, end);
    map_->leaves.push_back(leaf);
  }
}

// A text that stands in one of this layer's, as JSON.
bool Layer::inner_json(const std::string& text, const std::vector<EscapePiece>& pieces, Level level,
                       std::int32_t node) {
  ViewMap inner;
  Layer layer(state_, text, map_ != nullptr ? &inner : nullptr, level);
  const std::int32_t root = map_ != nullptr ? add_node({node, false, true, 0, 0, 0}) : -1;
  if (layer.json(0, text.size(), root) != Walked::whole) return false;
  layer.keep(text.size());
  if (map_ != nullptr) compose(inner, pieces);
  return true;
}

// The view's end, from `before` on, is what text[begin, end) was decoded to; `pieces` are in terms of the view.
template <typename MakeNode>
void Layer::take_decoded(std::size_t before, std::size_t begin, std::size_t end, std::vector<EscapePiece>& pieces,
                         Leaf::Kind kind, Level level, const MakeNode& make_node) {
  std::string& out = state_.out;
  at_ = end;
  changed_ = true;
  const std::string_view decoded = std::string_view(out).substr(before);
  if (kind == Leaf::Kind::string && is_media(decoded)) {
    leave_out(decoded.size());
    out.resize(before);
    return;
  }
  if (kind == Leaf::Kind::string && level.depth <= kMaxInner && looks_like_json(decoded)) {
    const std::string text(decoded);
    out.resize(before);
    for (EscapePiece& piece : pieces) piece.out -= before;
    if (inner_json(text, pieces, level, map_ != nullptr ? make_node() : -1)) return;
    for (EscapePiece& piece : pieces) piece.out += before;
    out += text;
  }
  if (map_ == nullptr || !state_.wants(before, out.size())) return;
  add_pieces(pieces);
  map_->leaves.push_back(
      {before, out.size(), begin, end, kind, static_cast<std::uint8_t>(level_.strings), level.percent, make_node()});
}

bool Layer::has_escape(std::size_t begin, std::size_t end) {
  if (backslash_ < begin) backslash_ = std::min(text_.find('\\', begin), text_.size());
  return backslash_ < end;
}

template <typename MakeNode>
bool Layer::json_text(std::size_t begin, std::size_t end, Leaf::Kind kind, const MakeNode& make_node) {
  const std::string_view text = text_.substr(begin, end - begin);
  if (text.empty()) return true;
  if (!has_escape(begin, end)) {
    if (kind == Leaf::Kind::string && is_media(text)) {
      leave_out(text.size());
      keep(begin);
      skip(end);
    } else if (map_ != nullptr && state_.wants(out_at(begin), out_at(end))) {
      map_->leaves.push_back({out_at(begin), out_at(end), begin, end, kind, static_cast<std::uint8_t>(level_.strings),
                              level_.percent, make_node()});
    }
    return true;
  }
  const std::size_t before = out_at(begin);
  const std::size_t plain = map_ != nullptr ? begin : backslash_;  // pieces are told from the string's beginning on
  keep(plain);
  std::vector<EscapePiece> pieces;
  if (!unescape_json(text_, plain, end, state_.out, map_ != nullptr ? &pieces : nullptr)) return false;
  const Level inner{level_.depth + 1, level_.strings + 1, level_.percent};
  take_decoded(before, begin, end, pieces, kind, inner, make_node);
  return true;
}

void Layer::form_text(std::size_t end, std::int32_t node, Leaf::Kind kind) {
  std::string& out = state_.out;
  const std::size_t begin = at_, before = out.size();
  std::vector<EscapePiece> pieces;
  std::vector<EscapePiece>* const told = map_ != nullptr ? &pieces : nullptr;
  const auto digit = [&](std::size_t at) {
    const char c = at < end ? text_[at] : ' ';
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  for (std::size_t at = begin; at < end;) {
    const bool percent = text_[at] == '%' && digit(at + 1) >= 0 && digit(at + 2) >= 0;
    const std::size_t size = percent ? 3 : 1;
    add_piece(told, {out.size(), 1, at, size, percent || text_[at] == '+'});
    out += percent ? static_cast<char>(digit(at + 1) * 16 + digit(at + 2)) : text_[at] == '+' ? ' ' : text_[at];
    at += size;
  }
  take_decoded(before, begin, end, pieces, kind, {level_.depth + 1, level_.strings, true}, [&] { return node; });
}

// The visitor of one JSON text. Nodes are made for what is wanted only, and with them those that it stands in.
class JsonLayer {
 public:
  JsonLayer(Layer& layer, std::size_t base, std::int32_t root) : layer_(layer), base_(base), root_(root) {}

  void open(char bracket, std::size_t) {
    if (!layer_.mapped()) return;
    frames_.push_back({bracket == '{', false, -1, {}, 0});
    if (frames_.size() > 1) before_value(frames_[frames_.size() - 2]);
  }
  void close(std::size_t) {
    if (layer_.mapped()) frames_.pop_back();
  }
  bool key(std::size_t begin, std::size_t end) {
    begin += base_, end += base_;
    if (!layer_.mapped()) return layer_.json_text(begin, end, Leaf::Kind::key, [] { return -1; });
    Frame& frame = frames_.back();
    frame.node = {};
    frame.node.named = true;
    frame.node.key_begin = layer_.out_at(begin);
    frame.made = false;
    // A key's leaf is made when where it ends in the view is known, with a node that must know it too.
    std::int32_t made = -1;
    const bool whole = layer_.json_text(begin, end, Leaf::Kind::key, [&] { return made = node_of(frames_.size()); });
    frame.node.key_end = layer_.out_at(end);
    if (made >= 0) layer_.state_.map->nodes[static_cast<std::size_t>(made)].key_end = frame.node.key_end;
    return whole;
  }
  bool string(std::size_t begin, std::size_t end) {
    begin += base_, end += base_;
    if (!layer_.mapped()) return layer_.json_text(begin, end, Leaf::Kind::string, [] { return -1; });
    if (!frames_.empty()) before_value(frames_.back());
    return layer_.json_text(begin, end, Leaf::Kind::string, [&] { return node_of(frames_.size()); });
  }
  void bare(std::size_t begin, std::size_t end) {
    if (!layer_.mapped()) return;
    begin += base_, end += base_;
    if (!frames_.empty()) before_value(frames_.back());
    const std::size_t out = layer_.out_at(begin), out_end = layer_.out_at(end);
    if (!layer_.state_.wants(out, out_end)) return;
    layer_.map_->leaves.push_back({out, out_end, begin, end, Leaf::Kind::bare,
                                   static_cast<std::uint8_t>(layer_.level_.strings), layer_.level_.percent,
                                   node_of(frames_.size())});
  }

 private:
  // An object or array that is open, and the member of it that was told last.
  struct Frame {
    bool object = false;
    bool made = false;  // `id` is the member's
    std::int32_t id = -1;
    BodyNode node;         // the member
    std::size_t next = 0;  // index of the next one, in an array
  };

  static void before_value(Frame& frame) {
    if (frame.object) return;
    frame.node = {};
    frame.node.index = frame.next++;
    frame.made = false;
  }

  // The node of the member that the first `count` frames lead to.
  std::int32_t node_of(std::size_t count) {
    std::int32_t parent = root_;
    for (std::size_t i = 0; i < count; ++i) {
      Frame& frame = frames_[i];
      if (!frame.made) {
        frame.node.parent = parent;
        frame.id = layer_.add_node(frame.node);
        frame.made = true;
      }
      parent = frame.id;
    }
    return parent;
  }

  Layer& layer_;
  const std::size_t base_;
  const std::int32_t root_;
  std::vector<Frame> frames_;
};

Walked Layer::json(std::size_t begin, std::size_t end, std::int32_t root) {
  const std::string_view text = text_.substr(begin, end - begin);
  std::span<const std::uint32_t> positions;
  if (!state_.tools.structures[level_.depth].index(text, positions)) return Walked::broken;
  const std::size_t at = at_, size = state_.out.size(), pieces = map_ != nullptr ? map_->pieces.size() : 0,
                    leaves = map_ != nullptr ? map_->leaves.size() : 0;
  const std::uint64_t media = state_.view.media, media_bytes = state_.view.media_bytes;
  const bool changed = changed_;
  const EscapePiece last = pieces > 0 ? map_->pieces.back() : EscapePiece();
  JsonLayer visitor(*this, begin, root);
  const Walked walked = JsonWalk(text, positions, visitor).run();
  if (walked == Walked::whole) return walked;
  state_.out.resize(size);
  at_ = at;
  changed_ = changed;
  state_.view.media = media;
  state_.view.media_bytes = media_bytes;
  if (map_ != nullptr) {
    map_->pieces.resize(pieces);
    if (pieces > 0) map_->pieces.back() = last;  // it may have grown
    map_->leaves.resize(leaves);
  }
  return walked;
}

}  // namespace staunch
