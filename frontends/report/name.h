// Names for guessable values, given once it is clear that they will be told.
#pragma once

#include <memory>
#include <string>

#include "engine/sink.h"

namespace staunch {

// Fills the fingerprints that the engine left empty. `key` is the run's, as raw bytes; empty: the public constant.
std::unique_ptr<Sink> name_guessable(const std::string& key, std::unique_ptr<Sink> next);

}  // namespace staunch
