// staunch-serve: the program behind the word `staunch serve`.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>

#include "frontends/cli/app_shape.h"
#include "frontends/cli/decision_sinks.h"
#include "frontends/cli/events_option.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/filter_signals.h"
#include "frontends/cli/load_redactor.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/usage.h"
#include "frontends/report/small_file.h"
#include "frontends/serve/server.h"

namespace {

using namespace staunch;

constexpr std::size_t kMaxKeyFile = 1u << 20;

struct ServeOptions {
  Options common;
  ServerOptions server;
  std::string listen = "127.0.0.1:8731";
  std::vector<std::string> hosts;
  std::string keys, port_file;
  double rate = 0;
  std::uint64_t max_body_megabytes = 8, max_held_megabytes = 512;
  bool hash_key = false;
};

const std::map<std::string, LogLevel> kLogLevels = {
    {"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warn", LogLevel::warn}, {"error", LogLevel::error}};

void add_options(CLI::App& app, ServeOptions& o) {
  app.add_option("--listen", o.listen, "address and port (127.0.0.1:8731); port 0 is any that is free")
      ->type_name("ADDRESS:PORT");
  app.add_option("--host", o.hosts, "another name that this server is called by; * is any")
      ->allow_extra_args(false)
      ->type_name("NAME");
  app.add_option("--keys", o.keys, "callers' names and hashed keys; needed off loopback")->type_name("FILE");
  app.add_flag("--hash-key", o.hash_key, "read a key from standard input and print what belongs in --keys");
  app.add_option("--rate", o.rate, "requests a second of each caller; 0 is no limit")
      ->check(CLI::Range(0.0, 1e9))
      ->type_name("N");
  app.add_option("--policy", o.common.policy, "what happens to what is found: a policy file")->type_name("FILE");
  app.add_flag("--check", o.common.check_only, "find every mistake in rules, policy and keys, and do nothing else");
  app.add_flag("--shadow", o.common.shadow, "change and block nothing, only tell what would be");
  app.add_flag("--fail-open", o.common.fail_open, "let pass what could not be scanned");
  add_events_option(app, o.common);
  app.add_option("--respond", o.common.respond, "do about findings what the [[respond]] entries of this policy say")
      ->type_name("POLICY");
  app.add_option("-c,--config", o.common.config, "rules to use: a .staunch.toml or .gitleaks.toml")->type_name("FILE");
  app.add_option("--enable-rule", o.common.enable_rules, "only these rules, by id")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("ID");
  app.add_flag("--no-cache", o.common.no_cache, "compile the rules of a configuration anew");
  app.add_option("--tls-cert", o.server.certificate, "certificate chain (PEM): serve TLS")->type_name("FILE");
  app.add_option("--tls-key", o.server.key, "its key (PEM)")->type_name("FILE");
  app.add_option("-j,--threads", o.server.threads, "threads; 0 is one a processor")->check(CLI::Range(0u, 1024u));
  app.add_option("--max-body-megabytes", o.max_body_megabytes, "of one body, unpacked too (8)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1024}));
  app.add_option("--max-held-megabytes", o.max_held_megabytes, "of all bodies at once (512)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 20));
  app.add_option("--max-connections", o.server.max_connections, "connections at once (20000)");
  app.add_option("--max-queue", o.server.max_queue, "large bodies that wait at once (256)");
  app.add_option("--head-seconds", o.server.head_seconds, "for the head of a request (10)")
      ->check(CLI::Range(1u, 3600u));
  app.add_option("--body-seconds", o.server.body_seconds, "for its body (30)")->check(CLI::Range(1u, 3600u));
  app.add_option("--idle-seconds", o.server.idle_seconds, "between requests (75)")->check(CLI::Range(1u, 86400u));
  app.add_option("--grace-seconds", o.server.grace_seconds, "for requests that have begun, at the end (10)")
      ->check(CLI::Range(0u, 3600u));
  app.add_option("--port-file", o.port_file, "write the port here once it is listened on")->type_name("FILE");
  app.add_option("-l,--log-level", o.common.log_level, "debug, info, warn or error")
      ->transform(CLI::CheckedTransformer(kLogLevels, CLI::ignore_case).description(""))
      ->type_name("LEVEL");
}

// "127.0.0.1:80", "[::1]:80"
Status split_listen(ServeOptions& o) {
  const std::size_t colon = o.listen.rfind(':');
  const std::string port = colon == std::string::npos ? "" : o.listen.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoul(port) > 65535)
    return Error{"must be ADDRESS:PORT", "--listen " + o.listen};
  o.server.port = static_cast<std::uint16_t>(std::stoul(port));
  o.server.address = o.listen.substr(0, colon);
  if (o.server.address.size() > 2 && o.server.address.front() == '[' && o.server.address.back() == ']')
    o.server.address = o.server.address.substr(1, o.server.address.size() - 2);
  return Done{};
}

std::vector<std::string> known_hosts(const ServeOptions& o) {
  std::vector<std::string> hosts = {"localhost", "127.0.0.1", "[::1]", o.server.address, "[" + o.server.address + "]"};
  for (std::string host : o.hosts) {
    for (char& c : host)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    hosts.push_back(std::move(host));
  }
  return hosts;
}

int hash_key() {
  std::string key(std::istreambuf_iterator<char>(std::cin), {});
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  if (key.size() < 16 || key.size() > kMaxKeyBytes) {
    fmt::print(stderr, "staunch: error: a key has between 16 and {} bytes\n", kMaxKeyBytes);
    return kExitUsage;
  }
  fmt::print("NAME {}\n", key_hash(key));
  return kExitClean;
}

Result<std::unique_ptr<Callers>> load_callers(const ServeOptions& o) {
  if (o.keys.empty()) {
    if (!is_loopback(o.server.address))
      return Error{
          "is not of this machine alone: callers' keys are needed (--keys FILE; --hash-key makes "
          "a line of it)",
          "--listen " + o.listen};
    return Callers::anyone(o.rate);
  }
  const auto text = read_small_file(o.keys, kMaxKeyFile);
  if (!text) return text.error();
  return Callers::read(*text, o.keys, o.rate);
}

Status write_port(const std::string& path, std::uint16_t port) {
  if (path.empty()) return Done{};
  std::FILE* file = std::fopen((path + ".new").c_str(), "w");
  if (file == nullptr) return Error{"cannot be written", path};
  fmt::print(file, "{}\n", port);
  if (std::fclose(file) != 0 || std::rename((path + ".new").c_str(), path.c_str()) != 0)
    return Error{"cannot be written", path};
  return Done{};
}

int refused(const Error& error, const Messages& messages) {
  messages.error(to_string(error));
  return kExitUsage;
}

// "http://[::1]:8731"
std::string url_of(const ServerOptions& server, std::uint16_t port) {
  const bool v6 = server.address.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", server.certificate.empty() ? "http" : "https", v6 ? "[" : "", server.address,
                     v6 ? "]" : "", port);
}

int serve(ServeOptions& o) {
  const Messages messages(o.common);
  if (const Status split = split_listen(o); !split) return refused(split.error(), messages);
  if (o.server.certificate.empty() != o.server.key.empty())
    return refused(Error{"--tls-cert and --tls-key belong together", {}}, messages);
  auto callers = load_callers(o);
  if (!callers) return refused(callers.error(), messages);
  const std::string key = Redactor::random_key();
  auto redactor = load_redactor(o.common, key, messages);
  if (!redactor) return refused(redactor.error(), messages);
  if (o.common.check_only) {
    messages.info("no mistakes");
    return kExitClean;
  }

  hold_filter_signals();
  auto opened = open_decision_sinks(o.common, "serve", messages);
  if (!opened) return refused(opened.error(), messages);
  DecisionSinks sinks = std::move(*opened);
  Metrics metrics;
  Service service({known_hosts(o), o.max_body_megabytes << 20}, **callers, metrics, sinks.events.get(),
                  sinks.response.get());
  service.use(std::move(*redactor));
  o.server.max_held = o.max_held_megabytes << 20;

  const FilterSignals signals([&] {
    if (sinks.events) sinks.events->reopen();
    auto again = load_redactor(o.common, key, messages);
    if (again) {
      service.use(std::move(*again));
      ++metrics.reloads;
      messages.info("rules and policy were read again");
    } else {
      ++metrics.failed_reloads;
      messages.error(to_string(again.error()) + "; the old rules stay");
    }
  });
  auto server = Server::open(o.server, service);
  if (!server) return refused(server.error(), messages);
  const std::uint16_t port = (*server)->port();
  if (const Status written = write_port(o.port_file, port); !written) return refused(written.error(), messages);
  messages.info("serving on " + url_of(o.server, port));
  (*server)->run(signals.stop_fd());
  finish(sinks, messages);
  messages.info("ended");
  return kExitClean;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);

  // Memory holds secrets: no core file shall.
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);

  // Connections are descriptors; as many as may be.
  rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }

  ServeOptions options;
  CLI::App app("scan and redact bodies over HTTP; the guardrail of AI gateways", "staunch serve");
  app.formatter(plain_help());
  add_options(app, options);
  if (argc == 2 && argv[1] == kShapeWord) {
    CommandShape shape = shape_of(app);
    shape.name = "serve";
    return std::fputs(shape_text(shape).c_str(), stdout) < 0 ? kExitIncomplete : kExitClean;
  }
  // The core hands on all of its own words, the command's first.
  if (argc > 1 && std::string_view(argv[1]) == "serve") {
    --argc;
    ++argv;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    fmt::print(stderr, "{}", usage_mistake(app, error));
    return kExitUsage;
  }
  try {
    return options.hash_key ? hash_key() : serve(options);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "staunch: error: {}\n", failure.what());
    return kExitIncomplete;
  }
}
