#include "hooks/respond/watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "hooks/respond/incident.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/notify.h"

namespace staunch {
namespace {

class Watch {
 public:
  Watch(WatchWorld& world, std::string id, Json incident, std::int64_t now)
      : world_(world),
        id_(std::move(id)),
        incident_(std::move(incident)),
        now_(now),
        state_(world.journal.get("watch", id_).value_or(Json::object())) {}

  Result<WatchRound> run() {
    if (text_at(state_, "/state") == "ended") return round_;
    find_retired();
    if (subjects_.empty()) return round_;
    const auto polled = static_cast<std::int64_t>(number_at(state_, "/polled"));
    if (polled != 0 && now_ >= polled && now_ - polled < kWatchEvery) return round_.next = polled + kWatchEvery, round_;
    const std::vector<Verdict> verdicts = world_.ask(subjects_);
    std::string missed;
    for (std::size_t i = 0; i < subjects_.size(); ++i)
      if (const Status looked = look(subjects_[i], verdicts[i], missed); !looked) return looked.error();
    observe(polled, missed);
    state_["polled"] = static_cast<std::uint64_t>(now_);
    return end();
  }

 private:
  std::uint64_t number(const char* member) const { return number_at(state_, std::string("/") + member); }

  // Credentials that were proved dead; the others are not watched, they are still to be ended.
  void find_retired() {
    const Json* credentials = find_at(incident_, "/credentials");
    if (!credentials || !credentials->is_array()) return;
    for (const Json& one : *credentials) {
      if (!is_retired(world_.journal, text_at(one, "/fingerprint"))) continue;
      auto subject = kept_credential(world_.journal, id_, one);
      if (!subject) continue;
      world_.output.know(subject->secret, subject->shown);
      subjects_.push_back(std::move(*subject));
    }
  }

  Status look(const Subject& subject, const Verdict& verdict, std::string& missed) {
    ++round_.asked;
    Json& mine = state_["credentials"][subject.fingerprint];
    const std::string heard(is_good(verdict.state) ? "good" : name_of(verdict.state));
    mine[heard] = number_at(mine, "/" + heard) + 1;
    if (verdict.state == State::unknown) {
      ++round_.unanswered;
      missed = fmt::format("{} gave no verdict: {}", subject.fingerprint, verdict.why);
    }
    if (is_good(verdict.state))
      if (const Status told = alarm(subject, fmt::format("is good again at {}", verdict.host)); !told) return told;
    return look_for_use(subject, mine);
  }

  Status look_for_use(const Subject& subject, Json& mine) {
    const auto used = world_.last_used(subject);
    mine["uses"] = used ? "told" : "not told by the provider";
    if (!used) return Done{};
    const bool first = find_at(mine, "/used") == nullptr;
    const std::string before = text_at(mine, "/used");
    mine["used"] = *used;
    if (first || *used == before) return Done{};
    return alarm(subject, fmt::format("was used or tried at {}", *used));
  }

  Status alarm(const Subject& subject, const std::string& what) {
    ++round_.alarms;
    const std::string words = fmt::format("{} {} {}", subject.rule, subject.fingerprint, what);
    world_.output.out("alarm  " + words);
    const Status kept = add_to_incident(world_.journal, world_.audit, id_, "alarms",
                                        {{"fingerprint", subject.fingerprint}, {"at", rfc3339(now_)}, {"what", words}});
    if (!kept) return kept;
    NotifyWorld notifying{world_.policy, world_.journal, world_.audit, world_.output};
    notify(notifying, roles_about(world_.policy, subject.provider, subject.rule),
           {id_, "alarm: " + words, "Retired credential: alarm", words});
    return Done{};
  }

  // Time between two rounds that both heard something counts; all else is a gap.
  void observe(std::int64_t polled, const std::string& missed) {
    const std::int64_t since = polled != 0 ? polled : now_;
    if (polled == 0) state_["since"] = static_cast<std::uint64_t>(now_);
    std::string why = missed;
    if (now_ < since) why = "the clock went back";
    else if (now_ - since > kWatchGap) why = "nobody asked";
    if (why.empty()) {
      state_["observed"] = number("observed") + static_cast<std::uint64_t>(now_ - since);
      return;
    }
    Json& gaps = state_["gaps"];
    if (!gaps.is_array()) gaps = Json::array();
    if (gaps.size() < 200) gaps.push_back({{"from", rfc3339(since)}, {"to", rfc3339(now_)}, {"why", why}});
  }

  Result<WatchRound> end() {
    const bool over = number("observed") >= static_cast<std::uint64_t>(kWatchSeconds);
    round_.next = over ? 0 : now_ + kWatchEvery;
    if (over) {
      state_["state"] = "ended";
      for (const Subject& subject : subjects_)
        if (const Status gone = forget_credential(world_.journal, id_, subject.fingerprint); !gone) return gone.error();
      if (const Status told = world_.audit.add("watched", {{"incident", id_}, {"what", "72 hours were observed"}});
          !told)
        return told.error();
    }
    if (const Status kept = world_.journal.put("watch", id_, world_.audit.masked(state_)); !kept) return kept.error();
    return round_;
  }

  WatchWorld& world_;
  std::string id_;
  Json incident_;
  std::int64_t now_;
  Json state_;
  std::vector<Subject> subjects_;
  WatchRound round_;
};

void add(WatchRound& sum, const WatchRound& one) {
  sum.asked += one.asked, sum.unanswered += one.unanswered, sum.alarms += one.alarms;
  if (one.next != 0) sum.next = sum.next == 0 ? one.next : std::min(sum.next, one.next);
}

}  // namespace

Result<WatchRound> watch_round(WatchWorld& world, const std::string& incident, std::int64_t now) {
  if (!incident.empty()) {
    auto document = world.journal.get("incident", incident);
    if (!document) return Error{"there is no such incident", incident};
    return Watch(world, incident, std::move(*document), now).run();
  }
  WatchRound sum;
  std::string after;
  for (auto some = world.journal.list("incident", 1000); !some.empty();
       some = world.journal.list("incident", 1000, after)) {
    for (auto& [id, document] : some) {
      const auto round = Watch(world, id, std::move(document), now).run();
      if (!round) return round.error();
      add(sum, *round);
    }
    after = some.back().first;
  }
  return sum;
}

}  // namespace staunch
