#include "frontends/git/introductions.h"

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <tuple>

#include "frontends/git/commit_diff.h"
#include "frontends/git/unreached.h"

namespace staunch {
namespace {

void walk_hits(const History& history, std::uint32_t tree, std::string& path, std::size_t depth, std::uint64_t& budget,
               const std::function<void(const std::string&, const HitEntry&)>& visit) {
  if (depth > kDeepestTree) return;
  for (const HitEntry& entry : history.trees.entries(tree)) {
    if (budget == 0) return;
    --budget;
    const std::size_t above = path.size();
    path += history.names.name(entry.name);
    visit(path, entry);
    if (entry.is_tree && entry.child < kMissing) {
      path += '/';
      walk_hits(history, entry.child, path, depth + 1, budget, visit);
    }
    path.resize(above);
  }
}

void count_versions(std::vector<Stand>& stands, std::vector<Introduction>& introductions) {
  std::sort(stands.begin(), stands.end());
  stands.erase(std::unique(stands.begin(), stands.end()), stands.end());
  for (Introduction& introduction : introductions)
    for (Introduction::Secret& secret : introduction.secrets) {
      const auto first = std::lower_bound(stands.begin(), stands.end(), Stand(introduction.path, secret.handle, 0));
      const auto last =
          std::upper_bound(stands.begin(), stands.end(), Stand(introduction.path, secret.handle, Numbering::kNone));
      secret.versions = std::max(1u, static_cast<std::uint32_t>(last - first));
    }
}

}  // namespace

void for_each_hit(const History& history, std::uint32_t tree,
                  const std::function<void(const std::string& path, std::uint32_t blob)>& visit) {
  std::string path;
  std::uint64_t budget = kMaxTreeEntries;
  walk_hits(history, tree, path, 0, budget, [&](const std::string& at, const HitEntry& entry) {
    if (!entry.is_tree && entry.child < kMissing) visit(at, entry.child);
  });
}

Attribution attribute(const History& history, const std::vector<HitBlob>& hits, SecretsAt& secrets_at) {
  Attribution out;
  tbb::enumerable_thread_specific<Compared> locals;
  const auto commits = static_cast<std::uint32_t>(history.commits.size());
  tbb::parallel_for(tbb::blocked_range<std::uint32_t>(0, history.trees.empty() ? 0 : commits, 256),
                    [&](const auto& range) {
                      CommitDiff diff(history, secrets_at, locals.local());
                      for (std::uint32_t i = range.begin(); i < range.end(); ++i) diff.run(i);
                    });
  std::vector<Stand> stands;
  for (Compared& local : locals) {
    std::move(local.found.begin(), local.found.end(), std::back_inserter(out.introductions));
    std::move(local.stands.begin(), local.stands.end(), std::back_inserter(stands));
    out.cut.insert(out.cut.end(), local.cut.begin(), local.cut.end());
  }
  count_versions(stands, out.introductions);
  add_unreached(history, hits, secrets_at, out);
  std::sort(out.introductions.begin(), out.introductions.end(), [](const Introduction& a, const Introduction& b) {
    return std::tie(a.commit, a.path, a.blob) < std::tie(b.commit, b.path, b.blob);
  });
  return out;
}

}  // namespace staunch
