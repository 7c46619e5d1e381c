// Errors are values with a place in them.
//
// A function that can fail for reasons outside the program (input, files, the system) returns Result<T>. Only mistakes
// in the program itself stop it. An Error says what failed and where, in words a user can act on.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace staunch {

struct Error {
  std::string what;   // "cannot read: Permission denied"
  std::string where;  // a path, "file:line:column", an object id; empty where there is none
};

// "where: what", or just "what".
inline std::string to_string(const Error& error) {
  return error.where.empty() ? error.what : error.where + ": " + error.what;
}

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Requires ok().
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  // Requires !ok().
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

struct Done {};
using Status = Result<Done>;

}  // namespace staunch
