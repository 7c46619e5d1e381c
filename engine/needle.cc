#include "engine/needle.h"

#include <algorithm>
#include <cctype>

#include "engine/frequency.h"
#include "engine/width.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxSet = 96;      // literals in one exact set: (?:api|access|auth)[_.-]?key has twelve
constexpr std::size_t kMaxChoices = 12;  // members of a class that is spelt out
constexpr std::size_t kMaxRun = 256;     // parts of a concatenation that are tried as starts of a run

// In hits a megabyte: what a literal costs for being looked for, what one so short costs that hardly a byte can be
// passed over, and what a further rule that looks at a hit costs.
constexpr double kLiteralPrice = 3, kShortPrice = 40, kUsePrice = 0.4;
constexpr std::size_t kShortNeedle = 4;

struct Letter {
  char byte;
  bool caseless;
};
using Word = std::vector<Letter>;
using Words = std::vector<Word>;

bool is_letter(unsigned c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

std::optional<Words> product(const Words& before, const Words& after) {
  if (before.size() * after.size() > kMaxSet) return std::nullopt;
  Words out;
  for (const Word& head : before) {
    for (const Word& tail : after) {
      out.push_back(head);
      out.back().insert(out.back().end(), tail.begin(), tail.end());
      if (out.back().size() > kMaxNeedleBytes) return std::nullopt;
    }
  }
  return out;
}

// One byte of a set as letters; a letter in both cases is one caseless letter.
std::optional<Words> exact_bytes(const ByteSet& set) {
  Words out;
  for (unsigned c = 0; c < 256; ++c) {
    if (!set[c]) continue;
    const bool both = is_letter(c) && set[c ^ 32];
    if (both && std::isupper(static_cast<int>(c))) continue;  // its lower case stands for both
    if (out.size() == kMaxChoices) return std::nullopt;
    out.push_back({{static_cast<char>(c), both}});
  }
  if (out.empty()) return std::nullopt;
  return out;
}

// All texts of the node, where they are few.
std::optional<Words> exact(const Node& node) {
  switch (node.kind) {
    case Node::Kind::empty: return Words{{}};
    case Node::Kind::bytes: return exact_bytes(node.set);
    case Node::Kind::concat: {
      std::optional<Words> out = Words{{}};
      for (const Node* child : node.children) {
        const auto part = exact(*child);
        if (!part || !(out = product(*out, *part))) return std::nullopt;
      }
      return out;
    }
    case Node::Kind::alternate: {
      Words out;
      for (const Node* child : node.children) {
        const auto part = exact(*child);
        if (!part || out.size() + part->size() > kMaxSet) return std::nullopt;
        out.insert(out.end(), part->begin(), part->end());
      }
      return out;
    }
    case Node::Kind::repeat: {
      if (node.max > 8) return std::nullopt;
      const auto once = exact(*node.children.front());
      if (!once) return std::nullopt;
      Words out, power{{}};
      for (std::uint32_t count = 0; count <= node.max; ++count) {
        if (count >= node.min) out.insert(out.end(), power.begin(), power.end());
        if (out.size() > kMaxSet) return std::nullopt;
        if (count == node.max) break;
        auto next = product(power, *once);
        if (!next) return std::nullopt;
        power = std::move(*next);
      }
      return out;
    }
  }
  return std::nullopt;
}

struct Literal {
  std::string text;
  bool caseless;
};

// Hyperscan folds a whole literal or nothing: one caseless letter makes it caseless.
Literal literal_of(const Word& word) {
  Literal literal{{}, std::any_of(word.begin(), word.end(), [](Letter letter) { return letter.caseless; })};
  for (Letter letter : word)
    literal.text.push_back(literal.caseless ? static_cast<char>(std::tolower(static_cast<unsigned char>(letter.byte)))
                                            : letter.byte);
  return literal;
}

Literal fold(const Literal& literal) {
  Literal out{literal.text, true};
  for (char& c : out.text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

using Sequence = std::vector<const Node*>;

void flatten(const Node& node, Sequence& out) {
  if (node.kind != Node::Kind::concat) {
    out.push_back(&node);
    return;
  }
  for (const Node* child : node.children) flatten(*child, out);
}

class Chooser {
 public:
  Chooser(Anchors& out, const Price& price) : nodes_(out.nodes), price_(price) {}

  struct Choice {
    double price = 0;
    std::vector<Anchor> anchors;
  };

  std::optional<Choice> choose(const Node& node, const Sequence& left, const Sequence& right) {
    std::optional<Choice> best;
    if (const auto words = exact(node)) best = of_words(*words, left, right);
    switch (node.kind) {
      case Node::Kind::concat: better(best, in_concat(node, left, right)); break;
      case Node::Kind::alternate: better(best, in_alternate(node, left, right)); break;
      case Node::Kind::repeat: better(best, in_repeat(node, left, right)); break;
      default: break;
    }
    return best;
  }

 private:
  static void better(std::optional<Choice>& best, std::optional<Choice> other) {
    if (other && (!best || other->price < best->price)) best = std::move(other);
  }

  std::optional<Choice> of_words(const Words& words, const Sequence& left, const Sequence& right) const {
    Choice choice;
    for (const Word& word : words) {
      Literal literal = literal_of(word);
      if (literal.text.size() < kMinNeedleBytes) return std::nullopt;
      std::optional<double> price = price_(literal.text, literal.caseless);
      // What somebody looks for in any case serves this one too.
      if (Literal folded = fold(literal); !literal.caseless) {
        const auto other = price_(folded.text, true);
        if (other && (!price || *other < *price)) price = other, literal = std::move(folded);
      }
      if (!price) return std::nullopt;
      const bool taken = std::any_of(taken_.begin(), taken_.end(), [&](const Anchor& anchor) {
        return anchor.literal == literal.text && anchor.caseless == literal.caseless;
      });
      if (!taken) choice.price += *price;
      const bool known = std::any_of(choice.anchors.begin(), choice.anchors.end(), [&](const Anchor& anchor) {
        return anchor.literal == literal.text && anchor.caseless == literal.caseless;
      });
      if (!known) choice.anchors.push_back({std::move(literal.text), literal.caseless, left, right});
    }
    return choice;
  }

  // The cheapest of: every run of neighbours that have few texts, and every part on its own.
  std::optional<Choice> in_concat(const Node& node, const Sequence& left, const Sequence& right) {
    Sequence parts;
    flatten(node, parts);
    std::optional<Choice> best;
    auto left_of = [&](std::size_t first) {
      Sequence out(parts.rend() - static_cast<std::ptrdiff_t>(first), parts.rend());
      out.insert(out.end(), left.begin(), left.end());
      return out;
    };
    auto right_of = [&](std::size_t end) {
      Sequence out(parts.begin() + static_cast<std::ptrdiff_t>(end), parts.end());
      out.insert(out.end(), right.begin(), right.end());
      return out;
    };
    std::vector<std::optional<Words>> texts;
    for (const Node* part : parts) texts.push_back(exact(*part));
    auto forks = [&](std::size_t i) { return !texts[i] || texts[i]->size() > 1; };
    // A longer literal is never dearer, so a run begins where the part before it has several texts (or none, or where
    // the run before was full), and is priced before each part with several and where it ends.
    std::size_t full = 0;
    for (std::size_t first = 0; first < std::min(parts.size(), kMaxRun); ++first) {
      if (!texts[first] || (first > 0 && first != full && !forks(first - 1))) continue;
      Words run{{}};
      for (std::size_t end = first; end < parts.size() && texts[end]; ++end) {
        auto longer = product(run, *texts[end]);
        if (!longer) {
          full = end;
          break;
        }
        run = std::move(*longer);
        const bool ends = end + 1 == parts.size() || forks(end + 1) || !product(run, *texts[end + 1]);
        if (ends) better(best, of_words(run, left_of(first), right_of(end + 1)));
      }
    }
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (!texts[i]) better(best, choose(*parts[i], left_of(i), right_of(i + 1)));
    return best;
  }

  std::optional<Choice> in_alternate(const Node& node, const Sequence& left, const Sequence& right) {
    Choice all;
    const std::size_t before = taken_.size();
    for (const Node* child : node.children) {
      auto branch = choose(*child, left, right);
      if (!branch) {
        taken_.resize(before);
        return std::nullopt;
      }
      all.price += branch->price;
      for (Anchor& anchor : branch->anchors) {
        taken_.push_back({anchor.literal, anchor.caseless, {}, {}});
        all.anchors.push_back(std::move(anchor));
      }
    }
    taken_.resize(before);
    return all;
  }

  // x{m,n} with m > 0 is x followed by x{m-1,n-1}: the anchor stands in the first x.
  std::optional<Choice> in_repeat(const Node& node, const Sequence& left, const Sequence& right) {
    if (node.min == 0) return std::nullopt;
    Sequence after = right;
    if (node.max > 1) {
      Node& rest = nodes_.emplace_back(node);
      --rest.min;
      if (rest.max != Node::kNoLimit) --rest.max;
      after.insert(after.begin(), &rest);
    }
    return choose(*node.children.front(), left, after);
  }

  std::deque<Node>& nodes_;
  const Price& price_;
  std::vector<Anchor> taken_;  // literals of earlier branches: another use of one is free
};

bool all_hold(const Words& words, const std::vector<std::string>& keywords) {
  return std::all_of(words.begin(), words.end(), [&](const Word& word) {
    std::string text;
    for (Letter letter : word) text += static_cast<char>(std::tolower(static_cast<unsigned char>(letter.byte)));
    return std::any_of(keywords.begin(), keywords.end(),
                       [&](const std::string& keyword) { return text.find(keyword) != std::string::npos; });
  });
}

bool implies(const Node& node, const std::vector<std::string>& keywords) {
  if (const auto words = exact(node); words && all_hold(*words, keywords)) return true;
  switch (node.kind) {
    case Node::Kind::alternate:
      return std::all_of(node.children.begin(), node.children.end(),
                         [&](const Node* child) { return implies(*child, keywords); });
    case Node::Kind::repeat: return node.min > 0 && implies(*node.children.front(), keywords);
    case Node::Kind::concat: {
      Sequence parts;
      flatten(node, parts);
      for (std::size_t first = 0; first < std::min(parts.size(), kMaxRun); ++first) {
        if (implies(*parts[first], keywords)) return true;
        Words run{{}};
        for (std::size_t end = first; end < parts.size(); ++end) {
          const auto next = exact(*parts[end]);
          auto longer = next ? product(run, *next) : std::nullopt;
          if (!longer) break;
          run = std::move(*longer);
          if (all_hold(run, keywords)) return true;
        }
      }
      return false;
    }
    default: return false;
  }
}

}  // namespace

bool implies_keyword(const Syntax& syntax, const std::vector<std::string>& keywords) {
  return implies(*syntax.root(), keywords);
}

double price_alone(const std::string& literal, bool caseless) {
  return kLiteralPrice + (literal.size() < kShortNeedle ? kShortPrice : 0) + hits_per_megabyte(literal, caseless);
}

double price_shared(const std::string& literal, bool caseless) {
  return kUsePrice * hits_per_megabyte(literal, caseless);
}

std::optional<Anchors> choose_anchors(const Syntax& syntax, const Price& price) {
  Anchors anchors;
  auto choice = Chooser(anchors, price).choose(*syntax.root(), {}, {});
  if (!choice) return std::nullopt;
  anchors.all = std::move(choice->anchors);
  anchors.price = choice->price;
  return anchors;
}

std::uint64_t max_width(const std::vector<const Node*>& sequence) {
  std::uint64_t width = 0;
  for (const Node* node : sequence) {
    const std::uint64_t part = max_width(*node);
    if (part > kNoWidthLimit - width) return kNoWidthLimit;
    width += part;
  }
  return width;
}

}  // namespace staunch
