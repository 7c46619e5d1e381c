// Where the value is written: staged, read back, tried, promoted, and taken back.
#include "hooks/respond/rotation.h"

#include <fmt/format.h>
#include <sodium.h>

#include "hooks/respond/child.h"
#include "hooks/respond/moment.h"

namespace staunch {

Result<Secret> Rotation::value_for(const RotationTarget& target) {
  auto secret = world_.journal.open_sealed(sealed("new"));
  if (!secret) return secret.error();
  Values values;
  values["secret"] = *secret;
  values["key_id"] = Secret(text("new_id"));
  for (const std::string& part : minter_->more_parts()) {
    auto kept = world_.journal.open_sealed(sealed("new/" + part));
    if (!kept) return kept.error();
    values[part] = std::move(*kept);
  }
  auto filled = fill_text(target.value, values);
  if (!filled) return filled.error();
  Secret value(*filled);
  sodium_memzero(filled->data(), filled->size());
  world_.output.know(value);
  return value;
}

Stepped Rotation::stage() {
  for (const RotationTarget& target : plan_.targets) {
    const auto value = value_for(target);
    if (!value) return value.error();
    const Status staged = with_store(target, [&](Store& store) -> Status {
      if (const Status done = store.stage(target.name, *value, id_); !done) return done;
      const auto back = store.read(target.name, Stage::pending);
      if (!back) return back.error();
      if (back->value.reveal() != value->reveal()) return Error{"what was staged does not read back", target.name};
      return Done{};
    });
    if (!staged) return staged.error();
    if (const Status told = tell("staged", {{"store", target.store}, {"secret", target.name}}); !told)
      return told.error();
  }
  return reached();
}

// The value as it stands in the store is tried, not the one that we remember.
Stepped Rotation::test() {
  for (const RotationTarget& target : plan_.targets) {
    const auto value = value_for(target);
    if (!value) return value.error();
    const Status same = with_store(target, [&](Store& store) -> Status {
      const auto back = store.read(target.name, Stage::pending);
      if (!back) return back.error();
      if (back->value.reveal() != value->reveal())
        return Error{"what is staged is not what this rotation made", target.name};
      return Done{};
    });
    if (!same) return same.error();
  }
  const auto expected = world_.journal.open_sealed(sealed("new"));
  if (!expected) return expected.error();
  if (const Status right = check_new(); !right) return right.error();
  if (const Status may = try_permission(*expected, text("new_id")); !may) return may.error();
  return reached();
}

// One thing that consumers must be able to do.
Status Rotation::try_permission(const Secret& secret, const std::string& whose) {
  if (plan_.tried_by.empty()) return Done{};
  Result<ChildResult> result = Error{};
  for (int asked = 0; asked < kMostQuestions; ++asked) {
    if (asked != 0) pause();
    result = run_child(plan_.tried_by, secret);
    if (!result) return result.error();
    if (result->status == 0) return Done{};
  }
  return Error{
      fmt::format("the new key may not do what consumers need: {} ended with {}", plan_.tried_by[0], result->status),
      whose};
}

// What is about to be moved is in the journal first, so that the way back knows of it.
Status Rotation::promote_targets(const Environment& environment) {
  for (const RotationTarget& target : plan_.targets) {
    if (target.environment != environment.name) continue;
    const std::string key = target.store + " " + target.name;
    if (!document_["touched"].contains(key)) {
      document_["touched"][key] = mark_now();
      if (const Status kept = keep(); !kept) return kept;
    }
    if (const Status moved = with_store(target, [&](Store& store) { return store.promote(target.name, id_); }); !moved)
      return moved;
    if (const Status told = tell("promoted", {{"store", target.store}, {"secret", target.name}}); !told) return told;
  }
  return Done{};
}

// Only a value that is ours is taken back: what somebody else wrote since stays.
Status Rotation::demote_targets(const Environment& environment) {
  for (const RotationTarget& target : plan_.targets) {
    if (target.environment != environment.name || !document_["touched"].contains(target.store + " " + target.name))
      continue;
    const auto value = value_for(target);
    if (!value) return value.error();
    const Status back = with_store(target, [&](Store& store) -> Status {
      const auto current = store.read(target.name, Stage::current);
      if (!current) return current.error();
      if (current->value.reveal() != value->reveal()) return Done{};
      return store.demote(target.name, id_);
    });
    if (!back) return back;
    if (const Status told = tell("demoted", {{"store", target.store}, {"secret", target.name}}); !told) return told;
  }
  return Done{};
}

namespace {

// The values of a template's holes in a text that was made from it; nothing where it was not. JSON is read as JSON.
std::optional<Values> taken_apart(std::string_view shape, std::string_view text) {
  Values values;
  if (shape.starts_with("{\"")) return std::nullopt;
  while (!shape.empty()) {
    const std::size_t open = shape.find('{'), close = shape.find('}', open);
    if (open == std::string_view::npos || close == std::string_view::npos)
      return shape == text ? std::optional(values) : std::nullopt;
    if (!text.starts_with(shape.substr(0, open))) return std::nullopt;
    text.remove_prefix(open);
    const std::string name(shape.substr(open + 1, close - open - 1));
    shape.remove_prefix(close + 1);
    const std::string_view behind = shape.substr(0, shape.find('{'));
    const std::size_t end = behind.empty() ? text.size() : text.find(behind);
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    values[name] = Secret(text.substr(0, end));
    text.remove_prefix(end);
  }
  return text.empty() ? std::optional(values) : std::nullopt;
}

Values parts_in(std::string_view shape, std::string_view text) {
  if (auto parts = taken_apart(shape, text)) return *parts;
  Values values;
  const auto json = parse_json(text), wanted = parse_json(shape);
  if (!json || !wanted || !wanted->is_object()) return values;
  for (auto each = wanted->begin(); each != wanted->end(); ++each) {
    if (!each->is_string()) continue;
    const std::string hole = each->get<std::string>();
    const std::string value = text_at(*json, "/" + each.key());
    if (hole.size() > 2 && hole.front() == '{' && hole.back() == '}' && !value.empty())
      values[hole.substr(1, hole.size() - 2)] = Secret(value);
  }
  return values;
}

}  // namespace

Result<Minted> key_in_use(RotateWorld& world, const RotationPlan& plan) {
  Minted found;
  for (const RotationTarget& target : plan.targets) {
    auto store = open_store({world.policy, &world.journal}, target.store);
    if (!store) return store.error();
    const auto value = (*store)->read(target.name, Stage::current);
    if (!value) return value.error();
    for (auto& [name, part] : parts_in(target.value, value->value.reveal())) {
      if (name == "key_id") found.id = part.reveal();
      else if (name == "secret") found.secret = part;
      else found.more[name] = part;
    }
  }
  if (!found.id.empty()) return found;
  if (found.secret.empty())
    return Error{"no target holds the key, so it cannot be told which one is in use", plan.path};
  Values own, old = found.more;
  if (!plan.credential.empty()) {
    auto known = credential({world.policy, &world.journal}, plan.credential);
    if (!known) return known.error();
    own = std::move(*known);
  }
  old["secret"] = found.secret;
  const auto minter = make_minter({world.policy, plan, std::move(own), std::move(old), "", nullptr, false});
  if (!minter) return minter.error();
  const auto id = (*minter)->id_of(found.secret);
  if (!id)
    return Error{"no target holds {key_id}, and " + id.error().what + "; name the key in use with --key", plan.path};
  found.id = *id;
  return found;
}

}  // namespace staunch
