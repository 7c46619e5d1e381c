// The routes: a request in, a response out. Knows no sockets.
//
// check() looks at the head alone, before anything of the body is read; answer() at all of it. Both are thread-safe.
//
// Who may ask: a Host that is known (else a page of somebody's browser could reach a server on its own machine under a
// name of its own), no Origin, a target that is a path. Keys, where they are needed, are a bearer token or x-api-key;
// a request's own credentials for a provider are not looked at otherwise and are no findings.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "frontends/cli/response_feed.h"
#include "frontends/serve/callers.h"
#include "frontends/serve/http.h"
#include "frontends/serve/judge.h"
#include "frontends/serve/metrics.h"
#include "frontends/serve/shapes.h"
#include "frontends/serve/history.h"
#include "frontends/stream/current_redactor.h"
#include "frontends/stream/events.h"

namespace staunch {

inline constexpr std::size_t kMaxDocuments = 20;  // of one multiscan

struct ServiceOptions {
  std::vector<std::string> hosts;  // known ones, in lower case, without port; "*" is any
  std::uint64_t max_body = 8u << 20;
};

class Service {
 public:
  // `events` and `response` may be null. All of it is to outlive this.
  Service(ServiceOptions options, const Callers& callers, Metrics& metrics, EventLog* events,
          ResponseFeed* response = nullptr);

  // Rules and policy as they are from now on; requests that began with the old ones end with them.
  void use(std::shared_ptr<const Redactor> redactor) { redactor_.set(std::move(redactor)); }
  void set_draining() { draining_ = true; }

  // What is wrong with the head of a request; else nothing, and `caller` is who asks.
  std::optional<HttpResponse> check(const HttpRequest& head, Callers::Caller*& caller) const;

  HttpResponse answer(const HttpRequest& request, const Callers::Caller& caller, JudgeTools& tools) const;

  Metrics& metrics() const { return metrics_; }
  const ServiceOptions& options() const { return options_; }

 private:
  struct Asked;  // a request on its way
  HttpResponse scan(Asked& asked, bool redact) const;
  HttpResponse multiscan(Asked& asked) const;
  HttpResponse litellm(Asked& asked) const;
  HttpResponse portkey(Asked& asked) const;
  JudgedBody judge(Asked& asked, std::string_view raw, const BodyType& type, const std::string& prefix) const;
  void tell(const Asked& asked, const JudgedBody& judged) const;

  const ServiceOptions options_;
  const Callers& callers_;
  Metrics& metrics_;
  EventLog* const events_;
  ResponseFeed* const response_;
  CurrentRedactor redactor_;
  mutable Told told_;
  std::atomic<bool> draining_{false};
};

}  // namespace staunch
