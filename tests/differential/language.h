// What a Syntax tree, its anchors and their guards promise, checked on one match in the most obvious way.
#pragma once

#include <strings.h>

#include <set>
#include <string>
#include <string_view>

#include "engine/guard.h"
#include "engine/needle.h"
#include "engine/syntax.h"
#include "engine/width.h"

namespace staunch::test {

// Where texts of the node's language can end that begin at one of `starts`.
inline std::set<std::size_t> ends_of(const Node& node, std::string_view text, const std::set<std::size_t>& starts) {
  switch (node.kind) {
    case Node::Kind::empty: return starts;
    case Node::Kind::bytes: {
      std::set<std::size_t> ends;
      for (std::size_t at : starts)
        if (at < text.size() && node.set[static_cast<unsigned char>(text[at])]) ends.insert(at + 1);
      return ends;
    }
    case Node::Kind::concat: {
      std::set<std::size_t> ends = starts;
      for (const Node* child : node.children) ends = ends_of(*child, text, ends);
      return ends;
    }
    case Node::Kind::alternate: {
      std::set<std::size_t> ends;
      for (const Node* child : node.children) ends.merge(ends_of(*child, text, starts));
      return ends;
    }
    case Node::Kind::repeat: {
      std::set<std::size_t> reached = starts, ends;
      for (std::uint32_t count = 0; !reached.empty(); ++count) {
        const std::size_t before = ends.size();
        if (count >= node.min) ends.insert(reached.begin(), reached.end());
        if (count == node.max || (count > node.min && ends.size() == before)) break;
        std::set<std::size_t> next = ends_of(*node.children.front(), text, reached);
        // More rounds of the same bring nothing new.
        if (next == reached && count < node.min) count = node.min - 1;
        reached = std::move(next);
      }
      return ends;
    }
  }
  return {};
}

inline bool in_language(const Node& root, std::string_view text) {
  return ends_of(root, text, {0}).count(text.size()) > 0;
}

// Whether one automaton takes the whole of `text` for the node, read from its beginning or from its end.
inline bool reaches_all(const Node& node, std::string_view text, Direction direction) {
  const Automaton automaton(positions_of({&node}, direction), direction);
  const Walk walk = automaton.walk(text, direction == Direction::right ? 0 : text.size(), text.size());
  return walk.accepted && (automaton.open() || walk.length == text.size());
}

// Whether the match text[begin, end) holds one of the anchors with guards that reach all of it.
inline bool covered(const Anchors& anchors, std::string_view text, std::size_t begin, std::size_t end) {
  const Guards guards(pack_guards(anchors.all));
  for (std::size_t i = 0; i < anchors.all.size(); ++i) {
    const Anchor& anchor = anchors.all[i];
    const Automaton &left = *guards[i].left, &right = *guards[i].right;
    const std::size_t size = anchor.literal.size();
    for (std::size_t at = begin; at + size <= end; ++at) {
      const bool same = anchor.caseless ? strncasecmp(text.data() + at, anchor.literal.data(), size) == 0
                                        : text.substr(at, size) == anchor.literal;
      if (!same) continue;
      const Walk before = left.walk(text, at, text.size()), behind = right.walk(text, at + size, text.size());
      if (before.accepted && behind.accepted && (left.open() || at - begin <= before.length) &&
          (right.open() || end - at - size <= behind.length))
        return true;
    }
  }
  return false;
}

// What is wrong with the tree of `pattern` for a text that RE2 matches; empty where nothing is.
inline std::string broken_promise(std::string_view pattern, std::string_view text, std::size_t begin, std::size_t end) {
  const auto syntax = Syntax::parse(pattern, encoding_of(pattern));
  if (!syntax) return {};
  const std::string_view match = text.substr(begin, end - begin);
  if (!in_language(*syntax->root(), match)) return "the tree misses it";
  if (match.size() < min_width(*syntax->root())) return "min_width is too great";
  if (match.size() > max_width(*syntax->root())) return "max_width is too small";
  if (!reaches_all(*syntax->root(), match, Direction::right)) return "the automaton to the right misses it";
  if (!reaches_all(*syntax->root(), match, Direction::left)) return "the automaton to the left misses it";
  const auto anchors = choose_anchors(*syntax);
  if (anchors && !covered(*anchors, text, begin, end)) return "no anchor covers it";
  return {};
}

}  // namespace staunch::test
