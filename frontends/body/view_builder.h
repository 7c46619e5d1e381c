// How views are made, for the files of this room alone.
//
// A Layer turns a text into view bytes from left to right. What it keeps as it is is copied late and in one go. A
// string that is unescaped and holds JSON becomes a text of its own, on which a Layer of the next level is put; what
// that one tells of its text is then told in terms of the text below (compose).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontends/body/json_walk.h"
#include "frontends/body/view.h"

namespace staunch {

struct ViewState {
  ViewTools& tools;
  BodyView& view;
  std::string& out;                    // the view
  ViewMap* map;                        // null where nothing was found yet; its nodes are those of all layers
  const std::vector<ViewSpan>* spans;  // what is mapped, merged and in order
  bool wants(std::size_t begin, std::size_t end) const;
};

class Layer {
 public:
  struct Level {
    unsigned depth = 0;    // of texts within texts
    unsigned strings = 0;  // of JSON: how often a quote is escaped
    bool percent = false;  // in a form
  };
  // Pieces and leaves go to `map`, in terms of `text`; null where state.map is.
  Layer(ViewState& state, std::string_view text, ViewMap* map, Level level)
      : state_(state), text_(text), map_(map), level_(level) {}

  // text[begin, end) as JSON, `root` its node; behind it the layer stands where it likes. Where it is not whole,
  // nothing was done.
  Walked json(std::size_t begin, std::size_t end, std::int32_t root);

  void keep(std::size_t end);       // as it is, up to `end`
  void keep_text(std::size_t end);  // the same, as one leaf
  void skip(std::size_t end);
  void put(std::string_view bytes);  // that are in no text

  // A value of a form, up to `end`.
  void form_text(std::size_t end, std::int32_t node, Leaf::Kind kind);

  bool changed() const { return changed_; }
  std::int32_t add_node(const BodyNode& node);
  bool mapped() const { return map_ != nullptr; }
  // Of a form: where the name of a node begins, and ends now.
  std::size_t out_size() const { return state_.out.size(); }
  void end_key(std::int32_t node) { state_.map->nodes[static_cast<std::size_t>(node)].key_end = out_size(); }

 private:
  friend class JsonLayer;
  // A string of JSON in text[begin, end); false at a wrong escape. `make_node` gives its node where it is wanted.
  template <typename MakeNode>
  bool json_text(std::size_t begin, std::size_t end, Leaf::Kind kind, const MakeNode& make_node);
  template <typename MakeNode>
  void take_decoded(std::size_t before, std::size_t begin, std::size_t end, std::vector<EscapePiece>& pieces,
                    Leaf::Kind kind, Level level, const MakeNode& make_node);
  bool inner_json(const std::string& text, const std::vector<EscapePiece>& pieces, Level level, std::int32_t node);
  void compose(const ViewMap& inner, const std::vector<EscapePiece>& pieces);
  void leave_out(std::size_t size);
  void add_pieces(const std::vector<EscapePiece>& pieces);
  void add_leaf(const Leaf& leaf);
  // Strings are asked for in their order, so that each byte is looked at once, not once a string.
  bool has_escape(std::size_t begin, std::size_t end);
  // Where a byte that was not copied yet will stand in the view.
  std::size_t out_at(std::size_t position) const { return state_.out.size() + (position - at_); }

  ViewState& state_;
  const std::string_view text_;
  ViewMap* const map_;
  const Level level_;
  std::size_t at_ = 0;         // what of the text is done
  std::size_t backslash_ = 0;  // the first one behind the string that was asked for last, or the text's end
  bool changed_ = false;
};

// Whether a text may be a JSON object or array.
bool looks_like_json(std::string_view text);

void view_form(Layer& layer, std::string_view raw);
void view_multipart(Layer& layer, std::string_view raw, const std::string& boundary);

}  // namespace staunch
