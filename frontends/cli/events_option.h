// The option --events of `staunch filter` and `staunch serve`: a place, and whether data waits for it.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "frontends/cli/options.h"

namespace staunch {

// `--events FILE --events=required`; a file of that name is ./required.
inline void add_events_option(CLI::App& app, Options& o) {
  const auto take = [&o](const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      if (word == "required") o.events_required = true;
      else if (o.events.empty()) o.events = word;
      else throw CLI::ValidationError("--events", "there is one place for events");
    }
    if (o.events.empty()) throw CLI::ValidationError("--events", "name the place of required events too");
  };
  app.add_option_function<std::vector<std::string>>(
         "--events", take,
         "decisions as lines of JSON: to a file, - (standard error), fd:N or syslog; and `required`, for data to wait "
         "rather than events to be dropped")
      ->allow_extra_args(false)
      ->type_name("WHERE");
  app.add_flag("--events-required", o.events_required)->group("");  // as it was called
}

}  // namespace staunch
