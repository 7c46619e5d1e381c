// A body in, a decision out: the redactor's, on the body's view, in terms of its raw bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontends/body/structure.h"
#include "frontends/body/view.h"
#include "frontends/stream/redactor.h"

namespace staunch {

struct Found {
  Ruling ruling;                   // offset and length in the raw body; with its pointer
  std::vector<std::string> inner;  // pointers within JSON that stands in a string
  bool in_key = false;
  bool in_history = false;  // stands in an old turn of a chat, where the policy has redact_history
};

struct JudgedBody {
  Verdict verdict = Verdict::allow;
  bool shadow = false;
  bool complete = true;  // false: something could not be scanned
  std::vector<Found> found;
  std::vector<BodyEdit> edits;  // of the raw body
  std::vector<Note> notes;
  std::string_view conversation;  // of a chat with history: its first turn, in the raw body
};

// One a thread.
struct JudgeTools {
  ViewTools views;
  BodyView view;
  Structure structure;
};

// Never throws: where the scanner fails, the policy says what becomes of the body. `prefix` stands before pointers.
JudgedBody judge_body(const Redactor& redactor, std::string_view raw, const BodyType& type, const Occasion& occasion,
                      JudgeTools& tools, const std::string& prefix = {});

// A body of which nothing can be said but why.
JudgedBody unreadable(const Policy& policy, std::string what, std::string why);

// What makes one of several: the strictest verdict, everything that was found. Edits are those of each.
void add_judged(JudgedBody& all, JudgedBody one);

}  // namespace staunch
