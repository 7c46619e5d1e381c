// A connection of bytes to a database's server, for protocols that are spoken here: TCP by libcurl, with TLS that is
// checked unless the server is on loopback. All of it is over after kLoginPatience. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/result.h"
#include "hooks/respond/database.h"

namespace staunch {

class Wire {
 public:
  static Result<std::unique_ptr<Wire>> open(const Network& network, const DatabaseServer& server);
  ~Wire();

  Status send(std::string_view bytes);
  Result<std::string> read(std::size_t size);       // exactly so many
  Result<std::string> read_line(std::size_t most);  // without its CR LF; an Error where it is longer

 private:
  Wire() = default;
  Status wait(short events);
  Status fill();  // some more of what comes

  void* curl_ = nullptr;
  int socket_ = -1;
  LoginClock::time_point until_ = {};
  std::string come_;
};

}  // namespace staunch
