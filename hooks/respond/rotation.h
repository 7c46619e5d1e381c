// One rotation while it is worked on; the inside of rotate.h.
//
// The steps of each state stand by what they touch: rotation_mint.cc (our own credential, the new key),
// rotation_stores.cc (where its value is written), rotation_rollout.cc (environments and consumers),
// rotation_old_key.cc (what becomes of the old one). A step returns nothing where its state is reached, a Wait where
// something must happen first, and an Error where somebody must look. It may be taken again after any stop.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hooks/respond/proof.h"
#include "hooks/respond/rotate.h"

namespace staunch {

struct Wait {
  std::int64_t until = 0;  // seconds since 1970; 0: for a person
  std::string why;
};
using Stepped = Result<std::optional<Wait>>;
inline Stepped reached() { return std::optional<Wait>(); }
inline Stepped waits(std::int64_t until, std::string why) { return std::optional(Wait{until, std::move(why)}); }

// 32 hex digits with dashes: the name of a rotation, and the token of its versions in stores.
std::string fresh_rotation_id();

class Rotation {
 public:
  static Result<std::unique_ptr<Rotation>> load(RotateWorld& world, const std::string& id);
  Rotation(RotateWorld& world, std::string id, Json document, RotationPlan plan);

  RotateEnd run(bool wait);
  Status roll_back();
  Status abort();

 private:
  // What a value says when it is asked with.
  struct Said {
    enum class What : std::uint8_t { good, dead, unknown } what = What::unknown;
    std::string account, why;
  };

  // rotation.cc: books and order
  Turn turn() const;
  bool emergency() const;
  bool was(Turn turn) const;
  std::string text(const char* member) const;
  std::string sealed(std::string_view what) const;
  bool has_new() const;
  Status keep();
  Status tell(std::string_view event, Json data);
  Status move_to(Turn turn);
  Status get_ready();
  Stepped step(Turn next);
  Stepped close();
  Status drop_new();
  Status release_claims();
  void pause(std::int64_t seconds = 0) const;  // between two questions

  // rotation_mint.cc
  Stepped begin();
  Status check_identity();
  Result<bool> claim_stores();
  Status check_claims();
  Status note_old_key();
  Stepped mint();
  Stepped mint_beside();
  Stepped mint_at_once();
  Stepped locked_out();
  Result<bool> take_care_of_orphans(const std::vector<KeyFact>& keys);
  Result<bool> free_slot(const std::vector<KeyFact>& keys);
  Status spare(const KeyFact& key);
  Status prove_books();
  Status keep_new(const Minted& minted);
  Stepped take_by_hand(const std::string& why);
  Status check_new();
  Said ask(const std::string& id, const Secret& secret);
  Status set_key(const std::string& id, bool active);

  // rotation_stores.cc
  template <typename Act>
  Status with_store(const RotationTarget& target, const Act& act) {
    auto store = open_store({world_.policy, &world_.journal}, target.store);
    if (!store) return store.error();
    return act(**store);
  }
  Result<Secret> value_for(const RotationTarget& target);
  Stepped stage();
  Stepped test();
  Status promote_targets(const Environment& environment);
  Status demote_targets(const Environment& environment);
  Status try_permission(const Secret& secret, const std::string& whose);

  // rotation_rollout.cc
  Stepped promote();
  Stepped deploy();
  Stepped confirm();
  Stepped stagger(std::size_t at);
  Stepped promote_in(std::size_t at);
  Stepped deploy_in(std::size_t at);
  Stepped confirm_in(std::size_t at);
  bool is_in(const Environment& environment, const char* stage) const;
  Status note_in(const Environment& environment, const char* stage);
  bool began_promotion() const;
  Status roll_out(const Deploy& deploy, const std::string& mark);
  Stepped go_in_waves(const Environment& environment, bool with_deploys);
  Status works(const Consumer& consumer) const;
  Status undo_rollout();
  Status run_command(const std::vector<std::string>& words, std::int64_t timeout = 600);

  // rotation_old_key.cc
  Stepped watch();
  Stepped disable();
  Stepped hold();
  Stepped remove_old();
  Status link_incidents(const std::string& fingerprint);
  Stepped prove_dead();
  Stepped end_sessions();

  RotateWorld& world_;
  std::string id_;
  Json document_;
  RotationPlan plan_;
  std::unique_ptr<Minter> minter_;
  std::string own_key_;
};

}  // namespace staunch
