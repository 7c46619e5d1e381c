// Everything that this room prints passes here: one redactor knows all secrets of the run, in all codings.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "engine/secret.h"
#include "frontends/report/redact.h"

namespace staunch {

class Output {
 public:
  // From now on the secret is masked in all lines. Short ones are known too.
  void know(const Secret& secret, std::string_view shown = "…");

  // `text` masked, with what a terminal would obey taken out.
  std::string safe(std::string_view text) const;

  void out(std::string_view text) const;   // a line on standard output
  void tell(std::string_view text) const;  // a line on standard error, behind "staunch: "

 private:
  ReportRedactor redactor_;
};

}  // namespace staunch
