// The catalogue that is built into the program, compiled for every kind of processor when the program was built.
#pragma once

#include <memory>

#include "engine/database.h"

namespace staunch {

// Loads the copy for this processor: about a millisecond.
Result<std::shared_ptr<const Database>> builtin_database();

// Its rules as plain data, to be extended by a configuration.
Result<Catalogue> builtin_catalogue();

}  // namespace staunch
