// Parts of `staunch rotate` beside its main path.
#pragma once

#include "hooks/respond/output.h"
#include "hooks/respond/policy.h"
#include "hooks/respond/program/options.h"
#include "hooks/respond/rotate.h"

namespace staunch {

RotateOrder order_of(const RespondOptions& options);

// What would be done, kept under its digest where there is a journal. The exit code.
int dry_run(const RotationPlan& plan, const Policy& policy, const RespondOptions& options, Output& output);

// --install: a timer, a cron line or a workflow, printed.
int install_rotation(const RotationPlan& plan, const RespondOptions& options, Output& output);

// --replace: every place of the key's value in work trees, and a patch that puts the reference there.
int replace_value(RotateWorld& world, const RotationPlan& plan, const RespondOptions& options, Output& output);

}  // namespace staunch
